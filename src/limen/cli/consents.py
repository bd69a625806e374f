"""limen consent: what a person agreed to."""

import click

from limen.cli.acting import act
from limen.cli.output import formatted, moment, show_many
from limen.cli.place import Place, in_tenant, placed

_COLUMNS = ("client_id", "scope", "granted_at", "expires_at")


@click.group()
def consent() -> None:
    """Consents of a person."""


@consent.command("list")
@click.argument("person")
@in_tenant
@placed
@formatted
def list_consents(place: Place, person: str, tenant: str, output: str) -> None:
    """List what a person agreed to."""
    from limen.admin import consents

    rows = [
        {
            "client_id": found.client_id,
            "scope": str(found.scope),
            "granted_at": moment(found.granted_at),
            "expires_at": moment(found.expires_at),
        }
        for found in act(place, consents.list_consents, consents.ListConsents(tenant=tenant, person=person))
    ]
    show_many(rows, _COLUMNS, key="client_id", output=output)


@consent.command()
@click.argument("person")
@click.argument("client_id")
@in_tenant
@placed
def withdraw(place: Place, person: str, client_id: str, tenant: str) -> None:
    """Forget a consent and end the tokens that came of it."""
    from limen.admin import consents

    act(place, consents.withdraw, consents.WithdrawConsent(tenant=tenant, person=person, client_id=client_id))
    click.echo("withdrawn", err=True)
