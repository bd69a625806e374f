"""limen app …-registration-token: who may register applications (RFC 7591 §3)."""

from typing import Any

import click

from limen.cli.acting import act
from limen.cli.output import formatted, moment, show_many, show_one
from limen.cli.place import Place, in_tenant, placed

_COLUMNS = ("token_id", "remaining", "expires_at")


@click.command("issue-registration-token")
@click.option("--uses", type=int, help="How many applications it registers; without it, any number.")
@click.option("--lifetime", type=int, default=0, help="Seconds until it expires; without it, never.")
@in_tenant
@placed
@formatted
def issue(place: Place, tenant: str, uses: int | None, lifetime: int, output: str) -> None:
    """Issue an initial access token for dynamic registration."""
    from limen.admin import initial_access

    command = initial_access.IssueAccess(tenant=tenant, uses=uses, lifetime=lifetime)
    issued = act(place, initial_access.issue, command)
    click.echo("The token is shown this once; keep it now.", err=True)
    show_one({**_row(issued.access), "token": issued.token.reveal()}, key="token", output=output)


@click.command("list-registration-tokens")
@in_tenant
@placed
@formatted
def list_tokens(place: Place, tenant: str, output: str) -> None:
    """List initial access tokens that still work."""
    from limen.admin import initial_access

    found = act(place, initial_access.list_access, initial_access.ListAccess(tenant=tenant))
    show_many([_row(access) for access in found], _COLUMNS, key="token_id", output=output)


@click.command("revoke-registration-token")
@click.argument("token_id")
@in_tenant
@placed
def revoke(place: Place, token_id: str, tenant: str) -> None:
    """End an initial access token; what it registered stays."""
    from limen.admin import initial_access

    act(place, initial_access.revoke, initial_access.RevokeAccess(tenant=tenant, token_id=token_id))
    click.echo(f"{token_id} no longer works", err=True)


def _row(access: Any) -> dict[str, Any]:
    return {
        "token_id": access.token_id,
        "remaining": access.remaining,
        "expires_at": moment(access.expires_at),
    }
