"""limen key: tenants' keys (OIDC Core §10.1.1)."""

from typing import Any

import click

from limen.cli.acting import act
from limen.cli.output import formatted, moment, show_many
from limen.cli.place import Place, in_tenant, placed

_COLUMNS = ("kid", "use", "alg", "state", "created_at")


@click.group()
def key() -> None:
    """Keys; private parts are never shown."""


@key.command("list")
@in_tenant
@placed
@formatted
def list_keys(place: Place, tenant: str, output: str) -> None:
    """List keys."""
    from limen.admin import keys

    _show(act(place, keys.list_keys, keys.ListKeys(tenant=tenant)), output)


@key.command()
@click.option("--use", type=click.Choice(["sig", "enc", "seal"]), default="sig", show_default=True)
@click.option("--alg", help="Only the key of this algorithm, such as RS256.")
@in_tenant
@placed
@formatted
def rotate(place: Place, use: str, alg: str | None, tenant: str, output: str) -> None:
    """Publish new keys, which take over when everybody had time to see them."""
    from limen.admin import keys

    _show(act(place, keys.rotate, keys.RotateKeys(tenant=tenant, use=use, alg=alg)), output)


@key.command()
@click.argument("alg")
@in_tenant
@placed
@formatted
def add(place: Place, alg: str, tenant: str, output: str) -> None:
    """Make a signing key for one more algorithm, such as ES384."""
    from limen.admin import keys

    _show(act(place, keys.add, keys.AddKey(tenant=tenant, alg=alg)), output)


@key.command()
@placed
def rewrap(place: Place) -> None:
    """Close every tenant's keys with a new master key; servers keep running."""
    from limen.admin import keys

    done = act(place, keys.rewrap, keys.RewrapKeys())
    click.echo(f"keys closed anew: {done}; the master key of this configuration closes all of them", err=True)
    if place.read().secrets.older_master_key_files:
        click.echo("  Next: empty secrets.older_master_key_files and restart the servers", err=True)


def _show(found: tuple[Any, ...], output: str) -> None:
    rows = [
        {
            "kid": one.kid,
            "use": one.use,
            "alg": one.alg,
            "state": one.state,
            "created_at": moment(one.created_at),
            "activated_at": moment(one.activated_at),
            "retired_at": moment(one.retired_at),
        }
        for one in found
    ]
    show_many(rows, _COLUMNS, key="kid", output=output)
