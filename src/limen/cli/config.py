"""limen config: the configuration as read, and where each value came from."""

import re
from typing import Any

import click

from limen.cli.failure import told
from limen.cli.output import formatted, show_many
from limen.cli.place import Place, placed

# Where a database URL may hold a password: before the host, or as a parameter.
_PASSWORD = re.compile(r"(?P<before>://[^:/@]*:).*(?=@)|(?P<name>[?&](?:ssl)?password=)[^&]*")


@click.group()
def config() -> None:
    """The configuration of this process."""


@config.command()
@placed
@formatted
def show(place: Place, output: str) -> None:
    """Show every value with its origin; secrets are not shown."""
    from limen.config import SECRET_NAMES, TYPES

    with told():
        found = place.read()
    rows: list[dict[str, Any]] = []
    for name in TYPES:
        section, dot, member = name.partition(".")
        value = getattr(getattr(found, section), member) if dot else getattr(found, section)
        if name == "database.url":
            value = _PASSWORD.sub(r"\g<before>\g<name>(hidden)", value)
        hidden = name in SECRET_NAMES and value
        origin = found.origins.get(name, "default")
        rows.append({"name": name, "value": "(hidden)" if hidden else value, "origin": origin})
    show_many(rows, ("name", "value", "origin"), key="name", output=output)
