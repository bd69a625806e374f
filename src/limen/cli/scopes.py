"""limen scope and limen claim: what a tenant offers (RFC 6749 §3.3, OIDC Core §5.4)."""

from typing import Any

import click
from msgspec import structs

from limen.cli.acting import act
from limen.cli.output import formatted, show_many
from limen.cli.place import Place, in_tenant, placed

_hidden = click.option("--hidden", is_flag=True, help="Leave it out of discovery.")


@click.group()
def scope() -> None:
    """Scopes."""


@scope.command("list")
@in_tenant
@placed
@formatted
def list_scopes(place: Place, tenant: str, output: str) -> None:
    """List scopes."""
    from limen.admin import scopes

    found = act(place, scopes.list_scopes, scopes.ListScopes(tenant=tenant))
    _show(found, ("scope", "display_name", "claims", "discoverable"), "scope", output)


@scope.command("set")
@click.argument("name")
@click.option("--display-name", default="", help="What people read when they are asked.")
@click.option("--description", default="", help="One sentence more.")
@click.option("--claim", "claims", multiple=True, help="A claim it releases; may repeat.")
@_hidden
@in_tenant
@placed
def set_scope(place: Place, name: str, **said: Any) -> None:
    """Add a scope or replace its definition."""
    from limen.admin import scopes
    from limen.model.scope import ScopeDefinition

    definition = ScopeDefinition(
        scope=name,
        display_name=said["display_name"],
        description=said["description"],
        claims=said["claims"],
        discoverable=not said["hidden"],
    )
    act(place, scopes.define_scope, scopes.DefineScope(tenant=said["tenant"], definition=definition))
    click.echo(f"the scope {name} is set", err=True)


@scope.command("remove")
@click.argument("name")
@in_tenant
@placed
def remove_scope(place: Place, name: str, tenant: str) -> None:
    """Offer a scope no more."""
    from limen.admin import scopes

    act(place, scopes.remove_scope, scopes.RemoveDefinition(tenant=tenant, name=name))
    click.echo(f"the scope {name} is gone", err=True)


@click.group()
def claim() -> None:
    """Claims."""


@claim.command("list")
@in_tenant
@placed
@formatted
def list_claims(place: Place, tenant: str, output: str) -> None:
    """List claims."""
    from limen.admin import scopes

    found = act(place, scopes.list_claims, scopes.ListScopes(tenant=tenant))
    _show(found, ("claim", "attribute", "discoverable"), "claim", output)


@claim.command("set")
@click.argument("name")
@click.option("--attribute", help="The person's attribute it is read from; the claim's own name without it.")
@_hidden
@in_tenant
@placed
def set_claim(place: Place, name: str, attribute: str | None, hidden: bool, tenant: str) -> None:
    """Add a claim or replace its definition."""
    from limen.admin import scopes
    from limen.model.scope import ClaimDefinition

    definition = ClaimDefinition(claim=name, attribute=attribute or name, discoverable=not hidden)
    act(place, scopes.define_claim, scopes.DefineClaim(tenant=tenant, definition=definition))
    click.echo(f"the claim {name} is set", err=True)


@claim.command("remove")
@click.argument("name")
@in_tenant
@placed
def remove_claim(place: Place, name: str, tenant: str) -> None:
    """Offer a claim no more."""
    from limen.admin import scopes

    act(place, scopes.remove_claim, scopes.RemoveDefinition(tenant=tenant, name=name))
    click.echo(f"the claim {name} is gone", err=True)


def _show(found: tuple[Any, ...], columns: tuple[str, ...], key: str, output: str) -> None:
    show_many([structs.asdict(one) for one in found], columns, key=key, output=output)
