"""The repository is at home on any machine, and its own lists agree with one another."""

import ast
import json
import re
import tomllib
from importlib.metadata import packages_distributions

from tests.house.tree import ROOT, modules, repository_files

MACHINE = re.compile(
    r"(?<![\w.$}~-])/(work|root|home)/\w"  # folders of one machine
    r"|work[p]lace|/opt[/]wheels|\bpoly[g]lot\b"
    r"|pypi[.]org|files[.]pythonhosted|registry[.]npmjs|deb[.]debian"  # hosts of registries
)
IGNORES = 15
COME_ALONG = {"yarl", "markupsafe"}  # what aiohttp and Jinja call URLs and safe text


def _project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _text(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_file_knows_the_machine_it_was_written_on():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in repository_files()
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if MACHINE.search(line)
    ]

    assert found == []


def test_locks_name_no_host():
    for lock in [*ROOT.glob("requirements/*.txt"), *ROOT.glob("*/**/package-lock.json")]:
        if "node_modules" not in lock.parts:
            assert not re.search(r"https?://|\bindex-url\b|find-links", lock.read_text()), lock


def test_every_locked_package_has_a_hash():
    for lock in ROOT.glob("requirements/*.txt"):
        pins = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", lock.read_text(), re.DOTALL | re.MULTILINE)

        assert pins
        assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_npm_locks_hold_integrity():
    for folder in ("tests/interop", "bench"):
        packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]

        assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_every_run_time_dependency_has_its_reason():
    record = (ROOT / "docs/decisions/0002-run-time-dependencies.md").read_text()
    names = {re.match(r"[\w-]+", requirement)[0] for requirement in _project()["project"]["dependencies"]}

    assert set(re.findall(r"^\| ([a-z][\w-]*) \|", record.partition("|---|")[2], re.MULTILINE)) == names


def test_what_is_imported_is_what_is_required():
    imported = {
        name.partition(".")[0]
        for module in modules()
        for node in module.nodes(ast.Import, ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }
    packages = packages_distributions()
    used = {
        name.lower().replace("_", "-") for module in imported - {"limen"} for name in packages.get(module, ())
    }
    required = {re.match(r"[\w-]+", each)[0] for each in _project()["project"]["dependencies"]}

    assert used - COME_ALONG == required


def test_lint_exceptions_are_few_and_reasoned():
    text = (ROOT / "pyproject.toml").read_text()
    listed = re.search(r"^ignore = \[.*?^\]", text, re.DOTALL | re.MULTILINE)[0]

    assert len(_project()["tool"]["ruff"]["lint"]["ignore"]) <= IGNORES
    assert [line for line in listed.splitlines()[1:-1] if "#" not in line] == []
