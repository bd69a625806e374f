"""What people type: member=value pairs, JSON files, passwords that never stand on a command line."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from limen.model.secret import Secret


def members(pairs: Sequence[str], unset: Sequence[str] = ()) -> dict[str, Any]:
    """Read `name=value`: the value as JSON where it is JSON, else as text; `unset` names become null."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{pair!r} is not name=value")
        found[name] = _value(value)
    return found | dict.fromkeys(unset)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def document(path: str | None) -> dict[str, Any]:
    """Read a JSON object from a file, or from standard input for `-`."""
    if path is None:
        return {}
    try:
        found = json.loads(_stdin().read() if path == "-" else Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as wrong:
        raise click.BadParameter(f"{path} is not JSON: {wrong}") from None
    if not isinstance(found, dict):
        raise click.BadParameter(f"{path} does not hold a JSON object")
    return found


def password(*, from_stdin: bool) -> Secret:
    """Ask for a new password twice, or read one line; it never stands in the arguments, which all can see."""
    if from_stdin:
        return Secret(_stdin().readline().rstrip("\r\n"))
    if not _stdin().isatty():
        raise click.UsageError("there is no terminal to ask for the password; use --password-stdin")
    return Secret(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def confirm(question: str, *, yes: bool) -> None:
    """Ask before what cannot be undone; without a terminal only --yes goes on."""
    if yes:
        return
    if not _stdin().isatty():
        raise click.UsageError("this cannot be undone; say --yes to do it without being asked")
    click.confirm(question, abort=True, err=True)


def _stdin() -> TextIO:
    if sys.stdin is None:
        raise click.UsageError("standard input is closed")
    return sys.stdin
