"""limen audit: who did what."""

import click
from msgspec import structs

from limen.cli.acting import act
from limen.cli.output import formatted, moment, show_many
from limen.cli.place import Place, in_tenant, placed

_COLUMNS = ("at", "name", "actor", "client_id", "sub", "facts")


@click.command()
@in_tenant
@click.option("--after", default="", help="Begin behind this event_id.")
@click.option("--limit", type=int, default=50, show_default=True)
@placed
@formatted
def audit(place: Place, output: str, tenant: str, after: str, limit: int) -> None:
    """Show a tenant's events, oldest first."""
    from limen.admin import events

    command = events.ListEvents(tenant=tenant, after=after, limit=limit)
    rows = [
        {**structs.asdict(event), "at": moment(event.at), "facts": dict(event.facts)}
        for event in act(place, events.list_events, command)
    ]
    show_many(rows, _COLUMNS, key="event_id", output=output)
