"""limen admin: how the first administrator comes in, and how one comes back in."""

import click

from limen.cli.acting import act
from limen.cli.failure import INVALID, Failure
from limen.cli.place import Place, placed


@click.group()
def admin() -> None:
    """Administrators."""


@admin.command("setup-link")
@placed
def setup_link(place: Place) -> None:
    """Print a link that makes one administrator; it works once, for 15 minutes."""
    click.echo(make_link(place))


def make_link(place: Place) -> str:
    """Return a new set-up link."""
    from limen.admin import setup

    issuer = place.read().issuer
    if not issuer:
        raise Failure("the configuration names no issuer", hint="set issuer in limen.toml", exit_code=INVALID)
    handle = act(place, setup.issue, setup.IssueLink())
    return f"{issuer}/setup/{handle.reveal()}"
