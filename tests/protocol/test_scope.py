"""Which scopes a client may have, and that what is remembered of it is never another's or outdated."""

import pytest
from msgspec import structs

from limen.errors import InvalidScope
from limen.model.client import Client
from limen.model.scope import Scope, ScopeDefinition
from limen.model.tenant import Tenant
from limen.protocol.policy import Policy
from limen.protocol.scope import grantable, permitted

SCOPES = tuple(ScopeDefinition(scope=name) for name in ("openid", "read", "write"))
TENANT = Tenant(tenant_id="t", name="", issuer="https://id.test", scopes=SCOPES)
CLIENT = Client(tenant_id="t", client_id="web")
POLICY = Policy()


@pytest.mark.parametrize("times", [1, 2])
def test_a_client_may_have_what_the_tenant_knows_and_it_is_registered_for(times):
    for _ in range(times):
        assert permitted(TENANT, CLIENT, POLICY) == {"openid", "read", "write"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"tenant": structs.replace(TENANT, scopes=SCOPES[:1])}, {"openid"}),
        ({"client": structs.replace(CLIENT, scope=Scope({"read"}))}, {"read"}),
        ({"policy": Policy(restricted_scopes=("write",))}, {"openid", "read"}),
        ({"tenant": structs.replace(TENANT, tenant_id="u", scopes=SCOPES[1:])}, {"read", "write"}),
    ],
)
def test_a_record_that_changed_is_looked_at_again(changed, expected):
    records = {"tenant": TENANT, "client": CLIENT, "policy": POLICY}
    permitted(*records.values())

    assert permitted(*(records | changed).values()) == expected
    assert permitted(*records.values()) == {"openid", "read", "write"}


def test_more_clients_than_are_remembered_are_told_apart():
    for number in range(1_500):
        own = Scope({"read"} if number % 2 else {"write"})
        client = structs.replace(CLIENT, client_id=f"c{number}", scope=own)
        assert permitted(TENANT, client, POLICY) == own


@pytest.mark.parametrize("allowed", [Scope({"read"}), Scope({"read", "write"})])
def test_what_is_not_allowed_is_dropped_or_refused(allowed):
    asked = Scope({"read", "admin"})

    assert grantable(asked, allowed, POLICY) == {"read"}
    assert grantable(Scope({"read"}), allowed, POLICY) == {"read"}
    assert grantable(None, allowed, POLICY) == set()
    with pytest.raises(InvalidScope):
        grantable(asked, allowed, Policy(unknown_scope="reject"))
    with pytest.raises(InvalidScope):
        grantable(Scope({"admin"}), allowed, POLICY)


@pytest.mark.parametrize("text", ["read write", "write  read read", "read " * 100 + "write"])
def test_a_scope_reads_alike_each_time(text):
    assert Scope.parse(text) == Scope.parse(text) == {"read", "write"}
    assert str(Scope.parse(text)) == "read write"


@pytest.mark.parametrize("text", ['a"b', "a\\b", "é", "a\x7f", "\ud800"])
def test_a_character_outside_is_refused_each_time(text):
    for _ in range(2):
        with pytest.raises(InvalidScope):
            Scope.parse(text)
