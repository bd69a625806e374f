"""limen standards: which file serves which standard, read from the files' own first lines."""

import re
from collections import defaultdict
from importlib.resources import files
from importlib.resources.abc import Traversable

import click

from limen.cli.output import formatted, show_many

_RFC = re.compile(r"\bRFC (\d{4})")
_NAMED = re.compile(
    r"\b(OIDC [A-Z][a-z]+(?:-Channel Logout)?|OpenID Connect [A-Z][A-Za-z]+(?: Core)?|FAPI \d|JARM|CIBA)"
)


@click.command()
@formatted
def standards(output: str) -> None:
    """Show the index from standard to file."""
    index: defaultdict[str, list[str]] = defaultdict(list)
    for name, first_line in sorted(_first_lines(files("limen"), "")):
        for standard in dict.fromkeys(
            [f"RFC {n}" for n in _RFC.findall(first_line)] + _NAMED.findall(first_line)
        ):
            index[standard].append(name)
    rows = [{"standard": standard, "files": index[standard]} for standard in sorted(index)]
    show_many(rows, ("standard", "files"), key="standard", output=output)


def _first_lines(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.name.startswith("_"):
            found += _first_lines(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".py"):
            found.append((prefix + entry.name, entry.read_text(encoding="utf-8").partition("\n")[0]))
    return found
