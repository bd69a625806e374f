"""Every act asks for its permission before anything else (attack row AD-01)."""

import pytest

from limen.admin import (
    client_secrets,
    clients,
    consents,
    events,
    keys,
    people,
    scopes,
    sessions,
    setup,
    tenants,
)
from limen.admin.operation import PERMISSIONS, Actor
from limen.admin.refusal import Forbidden
from limen.model.scope import ClaimDefinition, ScopeDefinition
from limen.model.secret import Secret

AT = {"tenant": "acme"}
HIM = {"tenant": "acme", "person": "p"}
APP = {"tenant": "acme", "client_id": "c"}
ACTS = [
    (clients.create, clients.CreateClient(**AT), "apps:write"),
    (clients.list_clients, clients.ListClients(**AT), "apps:read"),
    (clients.show, clients.ShowClient(**APP), "apps:read"),
    (clients.update, clients.UpdateClient(**APP, patch={}), "apps:write"),
    (clients.delete, clients.DeleteClient(**APP), "apps:write"),
    (client_secrets.add, client_secrets.AddSecret(**APP), "apps:write"),
    (client_secrets.rotate, client_secrets.RotateSecret(**APP), "apps:write"),
    (client_secrets.revoke, client_secrets.RevokeSecret(**APP, secret_id="s"), "apps:write"),
    (people.create, people.CreatePerson(**AT, username="p"), "users:write"),
    (people.list_people, people.ListPeople(**AT), "users:read"),
    (people.show, people.NamePerson(**HIM), "users:read"),
    (people.update, people.UpdatePerson(**HIM), "users:write"),
    (people.set_password, people.SetPassword(**HIM, password=Secret("x")), "users:write"),
    (people.disable, people.NamePerson(**HIM), "users:write"),
    (people.enable, people.NamePerson(**HIM), "users:write"),
    (people.delete, people.NamePerson(**HIM), "users:write"),
    (tenants.create, tenants.CreateTenant(name="n", base_url="https://id.example"), "tenants:write"),
    (tenants.list_tenants, tenants.ListTenants(), "tenants:read"),
    (tenants.show, tenants.NameTenant(**AT), "tenants:read"),
    (tenants.update, tenants.UpdateTenant(**AT, patch={}), "tenants:write"),
    (tenants.disable, tenants.NameTenant(**AT), "tenants:write"),
    (tenants.enable, tenants.NameTenant(**AT), "tenants:write"),
    (tenants.delete, tenants.NameTenant(**AT), "tenants:write"),
    (keys.list_keys, keys.ListKeys(**AT), "keys:read"),
    (keys.rotate, keys.RotateKeys(**AT), "keys:write"),
    (keys.add, keys.AddKey(**AT, alg="ES256"), "keys:write"),
    (scopes.list_scopes, scopes.ListScopes(**AT), "scopes:read"),
    (scopes.list_claims, scopes.ListScopes(**AT), "scopes:read"),
    (scopes.define_scope, scopes.DefineScope(**AT, definition=ScopeDefinition(scope="s")), "scopes:write"),
    (scopes.define_claim, scopes.DefineClaim(**AT, definition=ClaimDefinition(claim="c")), "scopes:write"),
    (scopes.remove_scope, scopes.RemoveDefinition(**AT, name="s"), "scopes:write"),
    (scopes.remove_claim, scopes.RemoveDefinition(**AT, name="c"), "scopes:write"),
    (sessions.list_sessions, sessions.ListSessions(**HIM), "sessions:read"),
    (sessions.end, sessions.EndSessions(**HIM), "sessions:write"),
    (consents.list_consents, consents.ListConsents(**HIM), "consents:read"),
    (consents.withdraw, consents.WithdrawConsent(**APP, person="p"), "consents:write"),
    (events.list_events, events.ListEvents(**AT), "audit:read"),
    (setup.issue, setup.IssueLink(**AT), "admins:write"),
]


@pytest.mark.parametrize(("act", "command", "permission"), ACTS)
async def test_an_act_is_refused_to_who_has_every_other_permission(ports, act, command, permission):
    actor = Actor(name="x", permissions=PERMISSIONS - {permission})

    with pytest.raises(Forbidden):
        await act(command, actor, ports)


@pytest.mark.parametrize(("act", "command", "permission"), [row for row in ACTS if hasattr(row[1], "tenant")])
async def test_an_act_is_refused_to_the_administrator_of_another_tenant(ports, act, command, permission):
    actor = Actor(name="x", permissions=PERMISSIONS, tenant="other")

    with pytest.raises(Forbidden):
        await act(command, actor, ports)
