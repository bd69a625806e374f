"""limen doctor: check the configuration and its surroundings, and say how to mend what is wrong."""

import asyncio
import sys

import click

from limen.cli.failure import INVALID
from limen.cli.output import formatted, show_many
from limen.cli.place import Place, placed

_SIGNS = {"ok": "✓", "warning": "!", "failure": "✗"}


@click.command()
@placed
@formatted
def doctor(place: Place, output: str) -> None:
    """Check everything; exit with 3 when something is wrong."""
    from limen.cli.checks import examine

    findings = asyncio.run(examine(place))
    rows = [
        {"": _SIGNS[f.level], "id": f.check, "level": f.level, "finding": f.told, "fix": f.fix}
        for f in findings
    ]
    show_many(rows, ("", "id", "finding", "fix"), key="id", output=output)
    if any(finding.level == "failure" for finding in findings):
        sys.exit(INVALID)
