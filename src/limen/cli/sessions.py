"""limen session: a person's sessions."""

import click

from limen.cli.acting import act
from limen.cli.output import formatted, moment, show_many
from limen.cli.place import Place, in_tenant, placed

_COLUMNS = ("session_id", "auth_time", "last_seen", "user_agent")


@click.group()
def session() -> None:
    """Sessions of a person."""


@session.command("list")
@click.argument("person")
@in_tenant
@placed
@formatted
def list_sessions(place: Place, person: str, tenant: str, output: str) -> None:
    """List a person's sessions."""
    from limen.admin import sessions

    rows = [
        {
            "session_id": found.session_id,
            "auth_time": moment(found.auth_time),
            "amr": list(found.amr),
            "last_seen": moment(found.last_seen),
            "expires_at": moment(found.expires_at),
            "user_agent": found.user_agent,
        }
        for found in act(place, sessions.list_sessions, sessions.ListSessions(tenant=tenant, person=person))
    ]
    show_many(rows, _COLUMNS, key="session_id", output=output)


@session.command()
@click.argument("person")
@click.argument("session_id", required=False)
@in_tenant
@placed
def end(place: Place, person: str, session_id: str | None, tenant: str) -> None:
    """End one session, or all with everything the person granted."""
    from limen.admin import sessions

    act(place, sessions.end, sessions.EndSessions(tenant=tenant, person=person, session_id=session_id))
    click.echo("ended", err=True)
