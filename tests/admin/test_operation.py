"""Every act asks for its permission before anything else (attack row AD-01)."""

import dataclasses
from importlib import import_module

import pytest

from limen.admin.operation import PERMISSIONS, Actor
from limen.admin.refusal import Forbidden
from limen.admin.table import OPERATIONS
from limen.cli.__main__ import COMMANDS as MENU
from limen.model.scope import ClaimDefinition, ScopeDefinition
from limen.model.secret import Secret

AT = {"tenant": "acme"}
HIM = {"tenant": "acme", "person": "p"}
APP = {"tenant": "acme", "client_id": "c"}
COMMANDS = {
    "CreateClient": {}, "ShowClient": APP, "UpdateClient": {**APP, "patch": {}}, "DeleteClient": APP,
    "AddSecret": APP, "ListSecrets": APP, "RotateSecret": APP, "RevokeSecret": {**APP, "secret_id": "s"},
    "CreatePerson": {"username": "p"}, "NamePerson": HIM, "UpdatePerson": HIM,
    "SetPassword": {**HIM, "password": Secret("x")}, "UpdateTenant": {"patch": {}},
    "AddKey": {"alg": "ES256"}, "RevokeAccess": {"token_id": "t"}, "SetUserCode": HIM,
    "CreateTenant": {"name": "n", "base_url": "https://id.example"},
    "DefineScope": {"definition": ScopeDefinition(scope="s")},
    "DefineClaim": {"definition": ClaimDefinition(claim="c")}, "RemoveDefinition": {"name": "s"},
    "ListSessions": HIM, "EndSessions": HIM, "ListConsents": HIM, "WithdrawConsent": {**APP, "person": "p"},
}  # fmt: skip
ROWS = [pytest.param(row, id=name) for name, row in OPERATIONS.items()]


def command_of(row):
    """Some command of the row's kind."""
    members = COMMANDS.get(row.command.__name__, {})
    names = {field.name for field in dataclasses.fields(row.command)}
    return row.command(**members, **({} if "tenant" in members or "tenant" not in names else AT))


@pytest.mark.parametrize("row", ROWS)
async def test_an_act_is_refused_to_who_has_every_other_permission(ports, row):
    actor = Actor(name="x", permissions=PERMISSIONS - {row.permission})

    with pytest.raises(Forbidden):
        await row.act(command_of(row), actor, ports)


@pytest.mark.parametrize("row", [row for row in ROWS if row.id != "tenant.list"])
async def test_an_act_is_refused_to_the_administrator_of_another_tenant(ports, row):
    actor = Actor(name="x", permissions=PERMISSIONS, tenant="other")

    with pytest.raises(Forbidden):
        await row.act(command_of(row), actor, ports)


def test_every_act_has_its_command():
    for name in OPERATIONS:
        words = name.split(".")
        module, _, attribute = MENU[words[0]][0].partition(":")
        command = getattr(import_module(f"limen.cli.{module}"), attribute)
        assert len(words) == 1 or words[1] in command.commands, name


def test_every_permission_is_asked_for_somewhere():
    unasked = PERMISSIONS - {row.permission for row in OPERATIONS.values()}

    assert unasked == {"admins:read"}
