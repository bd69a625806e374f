"""Every `limen` command in the guide works, in the order in which it is written."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

GUIDE = Path(__file__).parents[2] / "docs/guide"
FENCE = re.compile(r"^```sh\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
# It begins with the set-up itself, and starts servers: test_operations.py does what it says.
ABOUT_SERVERS = {"operations.md"}
PAGES = sorted(path.name for path in GUIDE.glob("*.md") if path.name not in ABOUT_SERVERS)
PASSWORD = "violet umbrella 42 trains\n"


def commands(page):
    for fence in FENCE.finditer((GUIDE / page).read_text()):
        yield from fence["text"].splitlines()


@pytest.mark.parametrize("page", PAGES)
def test_what_the_guide_tells_to_type_works(page, tmp_path):
    cli = Cli(tmp_path)
    cli.ok("init", "--dir", str(tmp_path), "--issuer", "https://id.example.com", "--non-interactive")

    for line in commands(page):
        words = shlex.split(line.partition(" < ")[0], comments=True)
        assert words[0] == "limen", line
        result = cli(*words[1:], stdin=PASSWORD)
        assert result.exit_code == 0, f"{line}\n{result.output}"


def test_the_contents_name_every_page():
    contents = (GUIDE.parent / "index.md").read_text()

    for path in GUIDE.glob("*.md"):
        assert f"guide/{path.stem}\n" in contents
