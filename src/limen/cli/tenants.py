"""limen tenant: tenants, each an issuer of its own."""

from typing import Any

import click

from limen.cli import asked
from limen.cli.acting import act
from limen.cli.failure import INVALID, Failure
from limen.cli.output import formatted, show_many, show_one
from limen.cli.place import Place, placed

_COLUMNS = ("name", "issuer", "display_name", "enabled")
_name = click.argument("name")


@click.group()
def tenant() -> None:
    """Tenants; the root tenant's name is empty: write ''."""


@tenant.command("list")
@placed
@formatted
def list_tenants(place: Place, output: str) -> None:
    """List tenants."""
    from limen.admin import tenants

    rows = [_row(found) for found in act(place, tenants.list_tenants, tenants.ListTenants())]
    show_many(rows, _COLUMNS, key="name", output=output)


@tenant.command()
@_name
@placed
@formatted
def show(place: Place, name: str, output: str) -> None:
    """Show a tenant."""
    from limen.admin import tenants

    show_one(_row(act(place, tenants.show, tenants.NameTenant(tenant=name))), key="name", output=output)


@tenant.command()
@_name
@click.option("--display-name", default="", help="What people read.")
@click.option("--compatible", is_flag=True, help="Give the issuer its form that ends in /oauth2/token.")
@placed
@formatted
def create(place: Place, name: str, display_name: str, compatible: bool, output: str) -> None:
    """Create a tenant; its issuer never changes."""
    from limen.admin import tenants

    config = place.read()
    if not config.issuer:
        raise Failure("the configuration names no issuer", hint="set issuer in limen.toml", exit_code=INVALID)
    command = tenants.CreateTenant(
        name=name,
        base_url=config.issuer,
        display_name=display_name,
        compatible=compatible,
        development=config.development,
    )
    show_one(_row(act(place, tenants.create, command)), key="name", output=output)


@tenant.command()
@_name
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="A member; may repeat.")
@click.option("--unset", multiple=True, metavar="NAME", help="Return a member to its default; may repeat.")
@click.option("--file", "path", help="A JSON Merge Patch; - for standard input.")
@placed
@formatted
def update(place: Place, name: str, output: str, **said: Any) -> None:
    """Change a tenant; `--set settings.access_token_lifetime=600` reaches into an object."""
    from limen.admin import tenants

    patch = asked.document(said["path"])
    for member, value in asked.members(said["pairs"], said["unset"]).items():
        outer, dot, inner = member.partition(".")
        patch[outer] = {**patch.get(outer, {}), inner: value} if dot else value
    show_one(
        _row(act(place, tenants.update, tenants.UpdateTenant(tenant=name, patch=patch))),
        key="name",
        output=output,
    )


@tenant.command()
@_name
@click.option("--yes", is_flag=True, help="Do not ask.")
@placed
def disable(place: Place, name: str, yes: bool) -> None:
    """Let nothing pass for a tenant any more."""
    from limen.admin import tenants

    asked.confirm(f"Disable {name!r}? Nobody can sign in there, and all its tokens end.", yes=yes)
    act(place, tenants.disable, tenants.NameTenant(tenant=name))
    click.echo(f"{name!r} is disabled", err=True)


@tenant.command()
@_name
@placed
def enable(place: Place, name: str) -> None:
    """Let a tenant work again."""
    from limen.admin import tenants

    act(place, tenants.enable, tenants.NameTenant(tenant=name))
    click.echo(f"{name!r} is enabled", err=True)


@tenant.command()
@_name
@click.option("--yes", is_flag=True, help="Do not ask.")
@placed
def delete(place: Place, name: str, yes: bool) -> None:
    """Delete a tenant with its people, applications and keys."""
    from limen.admin import tenants

    asked.confirm(f"Delete {name!r} with everything in it? This cannot be undone.", yes=yes)
    act(place, tenants.delete, tenants.NameTenant(tenant=name))
    click.echo(f"{name!r} is gone", err=True)


def _row(found: Any) -> dict[str, Any]:
    from limen.admin.tenant_document import write_tenant

    return write_tenant(found)
