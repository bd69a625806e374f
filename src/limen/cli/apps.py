"""limen app: applications (RFC 7591 metadata)."""

from typing import Any

import click

from limen.cli import asked, certificates, registration
from limen.cli.acting import act
from limen.cli.output import formatted, moment, show_many, show_one
from limen.cli.place import Place, in_tenant, placed

_COLUMNS = ("client_id", "client_name", "token_endpoint_auth_method", "grant_types", "enabled")
_set = click.option(
    "--set", "pairs", multiple=True, metavar="NAME=VALUE", help="A member of the metadata; may repeat."
)


@click.group()
def app() -> None:
    """Applications: every member is called as in RFC 7591; Limen's settings begin with limen_."""


@app.command("list")
@in_tenant
@placed
@formatted
def list_apps(place: Place, tenant: str, output: str) -> None:
    """List applications."""
    from limen.admin import clients

    rows: list[dict[str, Any]] = []
    while page := act(place, clients.list_clients, clients.ListClients(tenant=tenant, after=_last(rows))):
        rows += [_row(client) for client in page]
    show_many(rows, _COLUMNS, key="client_id", output=output)


def _last(rows: list[dict[str, Any]]) -> str:
    return str(rows[-1]["client_id"]) if rows else ""


@app.command()
@click.argument("client_id")
@in_tenant
@placed
@formatted
def show(place: Place, client_id: str, tenant: str, output: str) -> None:
    """Show an application."""
    from limen.admin import clients

    found = act(place, clients.show, clients.ShowClient(tenant=tenant, client_id=client_id))
    show_one(_row(found), key="client_id", output=output)


@app.command()
@click.argument("client_name")
@click.option(
    "--template",
    type=click.Choice(["spa", "web", "native", "service", "device", "standards-based"]),
    default="web",
    show_default=True,
    help="What kind of application it is.",
)
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where people return to; may repeat.")
@click.option("--client-id", help="Choose the identifier instead of getting a random one.")
@click.option("--file", "path", help="A JSON file with metadata; - for standard input.")
@certificates.option
@_set
@in_tenant
@placed
@formatted
def create(place: Place, output: str, **said: Any) -> None:
    """Create an application; its secret, if it has one, is shown this once."""
    from limen.admin import clients

    metadata = {"client_name": said["client_name"], **asked.document(said["path"])}
    metadata |= certificates.members(said["certificates"]) | asked.members(said["pairs"])
    if said["redirect_uris"]:
        metadata["redirect_uris"] = list(said["redirect_uris"])
    command = clients.CreateClient(
        tenant=said["tenant"], metadata=metadata, template=said["template"], client_id=said["client_id"]
    )
    _show_issued(act(place, clients.create, command), output)


@app.command()
@click.argument("client_id")
@click.option("--unset", multiple=True, metavar="NAME", help="Return a member to its default; may repeat.")
@click.option("--file", "path", help="A JSON Merge Patch; - for standard input.")
@click.option("--revision", type=int, help="Refuse when somebody has changed it since this revision.")
@certificates.option
@_set
@in_tenant
@placed
@formatted
def update(place: Place, output: str, **said: Any) -> None:
    """Change an application."""
    from limen.admin import clients

    patch = asked.document(said["path"]) | certificates.members(said["certificates"])
    patch |= asked.members(said["pairs"], said["unset"])
    command = clients.UpdateClient(
        tenant=said["tenant"], client_id=said["client_id"], patch=patch, revision=said["revision"]
    )
    _show_issued(act(place, clients.update, command), output)


@app.command()
@click.argument("client_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_tenant
@placed
def delete(place: Place, client_id: str, yes: bool, tenant: str) -> None:
    """Delete an application and end everything it was given."""
    from limen.admin import clients

    asked.confirm(f"Delete {client_id}? Its tokens end at once.", yes=yes)
    act(place, clients.delete, clients.DeleteClient(tenant=tenant, client_id=client_id))
    click.echo(f"{client_id} is gone", err=True)


@app.command("rotate-secret")
@click.argument("client_id")
@click.option("--overlap", type=int, default=0, show_default=True, help="Seconds the old secrets still work.")
@in_tenant
@placed
@formatted
def rotate_secret(place: Place, client_id: str, overlap: int, tenant: str, output: str) -> None:
    """Make a new secret and end the old ones."""
    from limen.admin import client_secrets

    command = client_secrets.RotateSecret(tenant=tenant, client_id=client_id, overlap=overlap)
    _show_issued(act(place, client_secrets.rotate, command), output)


@app.command("list-secrets")
@click.argument("client_id")
@in_tenant
@placed
@formatted
def list_secrets(place: Place, client_id: str, tenant: str, output: str) -> None:
    """List secrets, and when each last proved the application."""
    from limen.admin import client_secrets

    command = client_secrets.ListSecrets(tenant=tenant, client_id=client_id)
    found = act(place, client_secrets.list_secrets, command)
    rows: list[dict[str, Any]] = [
        {"secret_id": s.secret_id, **{name: moment(getattr(s, name)) for name in _TIMES}} for s in found
    ]
    show_many(rows, ("secret_id", *_TIMES), key="secret_id", output=output)


_TIMES = ("created_at", "expires_at", "last_used_at")


@app.command("add-secret")
@click.argument("client_id")
@click.option("--days", type=click.IntRange(min=1), help="For how long it works; without: until revoked.")
@in_tenant
@placed
@formatted
def add_secret(place: Place, client_id: str, days: int | None, tenant: str, output: str) -> None:
    """Add a secret beside the old ones."""
    from limen.admin import client_secrets
    from limen.system import SystemClock

    expires_at = SystemClock().now() + days * 86_400 if days else 0
    command = client_secrets.AddSecret(tenant=tenant, client_id=client_id, expires_at=expires_at)
    _show_issued(act(place, client_secrets.add, command), output)


@app.command("revoke-secret")
@click.argument("client_id")
@click.argument("secret_id")
@in_tenant
@placed
def revoke_secret(place: Place, client_id: str, secret_id: str, tenant: str) -> None:
    """End one secret."""
    from limen.admin import client_secrets

    command = client_secrets.RevokeSecret(tenant=tenant, client_id=client_id, secret_id=secret_id)
    act(place, client_secrets.revoke, command)
    click.echo(f"{secret_id} no longer works", err=True)


for _command in (registration.issue, registration.list_tokens, registration.revoke):
    app.add_command(_command)


def _row(client: Any) -> dict[str, Any]:
    from limen.protocol.client_metadata import write_metadata

    return {
        "client_id": client.client_id,
        "enabled": client.enabled,
        **write_metadata(client),
        "client_secrets": [
            {"secret_id": s.secret_id, "created_at": moment(s.created_at), "expires_at": moment(s.expires_at)}
            for s in client.client_secrets
        ],
        "revision": client.revision,
    }


def _show_issued(issued: Any, output: str) -> None:
    row = _row(issued.client)
    if issued.client_secret is not None:
        row["client_secret"] = issued.client_secret.reveal()
        told = "The client_secret is shown this once; keep it now."
        if output == "id":
            told = "A new client_secret was left out; rotate-secret with another -o makes one to keep."
        click.echo(told, err=True)
    show_one(row, key="client_id", output=output)
