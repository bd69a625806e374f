"""limen user: people."""

from typing import Any

import click

from limen.cli import asked
from limen.cli.acting import act
from limen.cli.output import formatted, moment, show_many, show_one
from limen.cli.place import Place, in_tenant, placed

_COLUMNS = ("username", "sub", "enabled", "roles", "created_at")
_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)
_claims = click.option(
    "--claim", "pairs", multiple=True, metavar="NAME=VALUE", help="An attribute; may repeat."
)


@click.group()
def user() -> None:
    """People, by username or sub."""


@user.command("list")
@in_tenant
@placed
@formatted
def list_users(place: Place, tenant: str, output: str) -> None:
    """List people."""
    from limen.admin import people

    rows: list[dict[str, Any]] = []
    after = ""
    while page := act(place, people.list_people, people.ListPeople(tenant=tenant, after=after)):
        rows += [_row(person) for person in page]
        after = page[-1].username
    show_many(rows, _COLUMNS, key="sub", output=output)


@user.command()
@click.argument("person")
@in_tenant
@placed
@formatted
def show(place: Place, person: str, tenant: str, output: str) -> None:
    """Show a person."""
    from limen.admin import people

    show_one(
        _row(act(place, people.show, people.NamePerson(tenant=tenant, person=person))),
        key="sub",
        output=output,
    )


@user.command()
@click.argument("username")
@click.option("--no-password", is_flag=True, help="The person cannot sign in by a password.")
@click.option("--role", "roles", multiple=True, help="An administrative role; may repeat.")
@_stdin
@_claims
@in_tenant
@placed
@formatted
def create(place: Place, output: str, **said: Any) -> None:
    """Create a person; asks for the password."""
    from limen.admin import people

    secret = None if said["no_password"] else asked.password(from_stdin=said["password_stdin"])
    command = people.CreatePerson(
        tenant=said["tenant"],
        username=said["username"],
        password=secret,
        claims=asked.members(said["pairs"]),
        roles=said["roles"],
    )
    show_one(_row(act(place, people.create, command)), key="sub", output=output)


@user.command()
@click.argument("person")
@click.option("--username", help="A new username.")
@click.option("--unset", multiple=True, metavar="NAME", help="Remove an attribute; may repeat.")
@click.option(
    "--role", "roles", multiple=True, help="Replace the administrative roles by these; '' for none."
)
@_claims
@in_tenant
@placed
@formatted
def update(place: Place, output: str, **said: Any) -> None:
    """Change a person's username, attributes or roles."""
    from limen.admin import people

    command = people.UpdatePerson(
        tenant=said["tenant"],
        person=said["person"],
        username=said["username"],
        claims=asked.members(said["pairs"], said["unset"]) or None,
        roles=tuple(filter(None, said["roles"])) if said["roles"] else None,
    )
    show_one(_row(act(place, people.update, command)), key="sub", output=output)


@user.command("set-password")
@click.argument("person")
@_stdin
@in_tenant
@placed
def set_password(place: Place, person: str, password_stdin: bool, tenant: str) -> None:
    """Set a password and end the person's sessions."""
    from limen.admin import people

    secret = asked.password(from_stdin=password_stdin)
    act(place, people.set_password, people.SetPassword(tenant=tenant, person=person, password=secret))
    click.echo(f"the password of {person} is set; their sessions have ended", err=True)


@user.command("set-user-code")
@click.argument("person")
@click.option("--clear", is_flag=True, help="Take the code away: apps need none.")
@_stdin
@in_tenant
@placed
def set_user_code(place: Place, person: str, clear: bool, password_stdin: bool, tenant: str) -> None:
    """Set the code apps must know to ask this person by the back channel (CIBA)."""
    from limen.admin import user_codes

    code = None if clear else asked.password(from_stdin=password_stdin)
    act(place, user_codes.set_user_code, user_codes.SetUserCode(tenant=tenant, person=person, code=code))
    click.echo(f"the user code of {person} is {'gone' if clear else 'set'}", err=True)


@user.command()
@click.argument("person")
@in_tenant
@placed
def disable(place: Place, person: str, tenant: str) -> None:
    """Bar a person and end their sessions and tokens."""
    from limen.admin import people

    act(place, people.disable, people.NamePerson(tenant=tenant, person=person))
    click.echo(f"{person} is disabled", err=True)


@user.command()
@click.argument("person")
@in_tenant
@placed
def enable(place: Place, person: str, tenant: str) -> None:
    """Let a person sign in again."""
    from limen.admin import people

    act(place, people.enable, people.NamePerson(tenant=tenant, person=person))
    click.echo(f"{person} is enabled", err=True)


@user.command()
@click.argument("person")
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_tenant
@placed
def delete(place: Place, person: str, yes: bool, tenant: str) -> None:
    """Delete a person with all that is theirs."""
    from limen.admin import people

    asked.confirm(f"Delete {person}? This cannot be undone.", yes=yes)
    act(place, people.delete, people.NamePerson(tenant=tenant, person=person))
    click.echo(f"{person} is gone", err=True)


def _row(person: Any) -> dict[str, Any]:
    return {
        "username": person.username,
        "sub": person.sub,
        "enabled": person.enabled,
        "roles": list(person.roles),
        "has_password": person.password_hash is not None,
        "claims": dict(person.claims),
        "created_at": moment(person.created_at),
        "revision": person.revision,
    }
