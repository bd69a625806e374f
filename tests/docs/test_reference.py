"""The reference says what the code says; `python tools/reference.py` writes it anew."""

import importlib.util
from pathlib import Path

import pytest

from limen.cli import asked

ROOT = Path(__file__).parent.parent.parent
SPEC = importlib.util.spec_from_file_location("reference", ROOT / "tools/reference.py")
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_reference_page_is_current(name):
    written = (ROOT / "docs" / name).read_text()

    assert written == reference.PAGES[name]().rstrip("\n") + "\n", "run: python tools/reference.py"


def test_every_setting_tells_what_it_does():
    silent = [name for name, (_, text) in reference.documented(reference.Policy).items() if not text]

    assert silent == []


def test_a_default_is_written_as_it_can_be_set():
    page = reference.settings()

    for name in reference.documented(reference.Policy):
        section = page.partition(f"## {name}\n")[2].partition("\n#")[0]
        default = getattr(reference.Policy(), name)
        shown = section.partition("default: ")[2].strip().removesuffix(".")
        if default != ():
            assert asked.members((f"{name}={shown}",)) == {name: default}
