"""Showing records: a table for people, JSON for programs, bare identifiers for pipes."""

import functools
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

FORMATS = ("table", "json", "id")


def formatted(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command -o, and hand it over as `output`."""

    @click.option(
        "-o",
        "--output",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="How to show it.",
    )
    @functools.wraps(command)
    def wrapped(**arguments: Any) -> Any:
        return command(**arguments)

    return wrapped


def show_many(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, key: str, output: str) -> None:
    """Write rows to standard output."""
    if output == "json":
        click.echo(json.dumps(list(rows), indent=2, ensure_ascii=False))
    elif output == "id":
        for row in rows:
            click.echo(row[key])
    elif rows:
        _table(rows, columns)
    else:
        click.echo("none", err=True)


def show_one(row: Mapping[str, Any], *, key: str, output: str) -> None:
    """Write one record to standard output."""
    if output == "json":
        click.echo(json.dumps(dict(row), indent=2, ensure_ascii=False))
    elif output == "id":
        click.echo(row[key])
    else:
        width = max(map(len, row), default=0)
        for name, value in row.items():
            click.echo(f"{name:<{width}}  {_cell(value)}")


def moment(seconds: int) -> str | None:
    """Return a time as RFC 3339, None for never."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z") if seconds else None


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    if not sys.stdout.isatty():
        widths = [max(len(line[i]) for line in [list(columns), *cells]) for i in range(len(columns))]
        for line in [list(columns), *cells]:
            click.echo(
                "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            )
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")  # an identifier cut short is none
    for line in cells:
        table.add_row(*(Text(cell) for cell in line))
    Console().print(table)


def _cell(value: Any) -> str:
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            between = ", " if any(isinstance(item, dict) for item in value) else " "
            return between.join(_cell(item) for item in value) or "-"
        case dict():
            return " ".join(f"{name}={_cell(item)}" for name, item in value.items())
        case _:
            return _plain(str(value))


def _plain(text: str) -> str:
    """Return the text without what drives a terminal (attack row AU-02)."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
