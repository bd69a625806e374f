"""Every act of an operator on one page, with the permission it asks for (OWASP ASVS 8.2)."""

from collections.abc import Mapping

from limen.admin import (
    client_secrets,
    clients,
    consents,
    events,
    initial_access,
    keys,
    people,
    scopes,
    sessions,
    setup,
    tenants,
    user_codes,
)
from limen.admin.operation import Operation

_ROWS = (
    Operation("tenant.create", "tenants:write", tenants.CreateTenant, tenants.create),
    Operation("tenant.list", "tenants:read", tenants.ListTenants, tenants.list_tenants),
    Operation("tenant.show", "tenants:read", tenants.NameTenant, tenants.show),
    Operation("tenant.update", "tenants:write", tenants.UpdateTenant, tenants.update),
    Operation("tenant.disable", "tenants:write", tenants.NameTenant, tenants.disable),
    Operation("tenant.enable", "tenants:write", tenants.NameTenant, tenants.enable),
    Operation("tenant.delete", "tenants:write", tenants.NameTenant, tenants.delete),
    Operation("app.create", "apps:write", clients.CreateClient, clients.create),
    Operation("app.list", "apps:read", clients.ListClients, clients.list_clients),
    Operation("app.show", "apps:read", clients.ShowClient, clients.show),
    Operation("app.update", "apps:write", clients.UpdateClient, clients.update),
    Operation("app.delete", "apps:write", clients.DeleteClient, clients.delete),
    Operation("app.list-secrets", "apps:read", client_secrets.ListSecrets, client_secrets.list_secrets),
    Operation("app.add-secret", "apps:write", client_secrets.AddSecret, client_secrets.add),
    Operation("app.rotate-secret", "apps:write", client_secrets.RotateSecret, client_secrets.rotate),
    Operation("app.revoke-secret", "apps:write", client_secrets.RevokeSecret, client_secrets.revoke),
    Operation("app.issue-registration-token", "apps:write", initial_access.IssueAccess, initial_access.issue),
    Operation(
        "app.list-registration-tokens", "apps:read", initial_access.ListAccess, initial_access.list_access
    ),
    Operation(
        "app.revoke-registration-token", "apps:write", initial_access.RevokeAccess, initial_access.revoke
    ),
    Operation("user.create", "users:write", people.CreatePerson, people.create),
    Operation("user.list", "users:read", people.ListPeople, people.list_people),
    Operation("user.show", "users:read", people.NamePerson, people.show),
    Operation("user.update", "users:write", people.UpdatePerson, people.update),
    Operation("user.set-password", "users:write", people.SetPassword, people.set_password),
    Operation("user.set-user-code", "users:write", user_codes.SetUserCode, user_codes.set_user_code),
    Operation("user.disable", "users:write", people.NamePerson, people.disable),
    Operation("user.enable", "users:write", people.NamePerson, people.enable),
    Operation("user.delete", "users:write", people.NamePerson, people.delete),
    Operation("scope.list", "scopes:read", scopes.ListScopes, scopes.list_scopes),
    Operation("scope.set", "scopes:write", scopes.DefineScope, scopes.define_scope),
    Operation("scope.remove", "scopes:write", scopes.RemoveDefinition, scopes.remove_scope),
    Operation("claim.list", "scopes:read", scopes.ListScopes, scopes.list_claims),
    Operation("claim.set", "scopes:write", scopes.DefineClaim, scopes.define_claim),
    Operation("claim.remove", "scopes:write", scopes.RemoveDefinition, scopes.remove_claim),
    Operation("key.list", "keys:read", keys.ListKeys, keys.list_keys),
    Operation("key.rotate", "keys:write", keys.RotateKeys, keys.rotate),
    Operation("key.add", "keys:write", keys.AddKey, keys.add),
    Operation("key.rewrap", "keys:write", keys.RewrapKeys, keys.rewrap),
    Operation("session.list", "sessions:read", sessions.ListSessions, sessions.list_sessions),
    Operation("session.end", "sessions:write", sessions.EndSessions, sessions.end),
    Operation("consent.list", "consents:read", consents.ListConsents, consents.list_consents),
    Operation("consent.withdraw", "consents:write", consents.WithdrawConsent, consents.withdraw),
    Operation("audit", "audit:read", events.ListEvents, events.list_events),
    Operation("admin.setup-link", "admins:write", setup.IssueLink, setup.issue),
)
OPERATIONS: Mapping[str, Operation] = {row.name: row for row in _ROWS}
