"""A client for itself: what speaks of a person is left out (RFC 6749 §4.4)."""

import pytest

from limen.errors import InvalidScope
from limen.grants.client_credentials import ClientCredentials, ClientCredentialsRequest
from limen.model.client import Client
from limen.model.scope import STANDARD_SCOPES, Scope, ScopeDefinition
from limen.model.tenant import Tenant
from limen.protocol.message import Message
from limen.protocol.policy import Policy
from limen.tokens.authorization import Call

TENANT = Tenant(
    tenant_id="t", name="", issuer="https://id.test", scopes=(*STANDARD_SCOPES, ScopeDefinition(scope="api"))
)
CALL = Call(tenant=TENANT, client=Client(tenant_id="t", client_id="web"), policy=Policy(), now=0)
MESSAGE = Message(method="POST", path="", url="", base="", tenant=TENANT)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("api", {"api"}),
        ("api openid offline_access", {"api"}),
        ("api unknown", {"api"}),
        ("openid profile", set()),
        (None, set()),
    ],
)
async def test_it_gets_what_it_may_have_without_what_speaks_of_a_person(asked, granted):
    request = ClientCredentialsRequest(scope=Scope.parse(asked) if asked else None)

    assert (await ClientCredentials().authorize(request, CALL, MESSAGE)).scope == granted


async def test_it_is_refused_what_it_may_not_have():
    with pytest.raises(InvalidScope):
        await ClientCredentials().authorize(ClientCredentialsRequest(scope=Scope({"unknown"})), CALL, MESSAGE)
