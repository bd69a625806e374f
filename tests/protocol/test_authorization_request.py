"""Which authorization requests a client may make (RFC 6749 §4.1.1, OIDC Core §3)."""

import pytest
from msgspec import structs

from limen.errors import InvalidRequest, OAuthError, UnauthorizedClient, UnsupportedResponseType
from limen.model.client import Client
from limen.model.scope import STANDARD_SCOPES, Scope
from limen.model.tenant import Tenant
from limen.protocol.authorization_request import AuthorizationRequest, check
from limen.protocol.policy import Policy

ALL = ("code", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none")
OPEN = Tenant(
    tenant_id="t", name="", issuer="https://id.test", scopes=STANDARD_SCOPES, legacy=frozenset({"implicit"})
)
CLOSED = structs.replace(OPEN, legacy=frozenset())
CLIENT = Client(
    tenant_id="t",
    client_id="web",
    response_types=ALL,
    grant_types=frozenset({"authorization_code", "implicit"}),
    token_endpoint_auth_method="client_secret_basic",
)
POLICY = Policy(require_pkce=False)


def checked(response_type="code", *, tenant=OPEN, client=CLIENT, **members):
    members = {"scope": Scope({"openid"}), "nonce": "n", **members}
    request = AuthorizationRequest(client_id="web", response_type=response_type, **members)
    return check(request, tenant, client, POLICY)


@pytest.mark.parametrize("response_type", ALL)
def test_what_is_registered_and_open_may_be_asked_for(response_type):
    assert str(checked(response_type).response_type) == response_type


@pytest.mark.parametrize("response_type", [each for each in ALL if each not in {"code", "none"}])
def test_no_token_comes_by_the_front_channel_where_the_tenant_has_not_opened_it(response_type):
    with pytest.raises(UnsupportedResponseType):
        checked(response_type, tenant=CLOSED)


@pytest.mark.parametrize("response_type", ["code", "none"])
def test_what_gives_no_token_by_the_front_channel_alone_needs_no_opening(response_type):
    assert checked(response_type, tenant=CLOSED)


@pytest.mark.parametrize("response_type", ALL)
def test_a_response_type_needs_its_registration(response_type):
    others = tuple(each for each in ALL if each != response_type)

    with pytest.raises(UnauthorizedClient):
        checked(response_type, client=structs.replace(CLIENT, response_types=others))


@pytest.mark.parametrize("response_type", [each for each in ALL if each != "none"])
def test_a_response_type_needs_each_of_its_grant_types(response_type):
    needed = checked(response_type).response_type.grants
    assert needed

    for one in needed:
        client = structs.replace(CLIENT, grant_types=CLIENT.grant_types - {one})
        with pytest.raises(UnauthorizedClient):
            checked(response_type, client=client)


@pytest.mark.parametrize("response_type", ["code id_token", "code token", "code id_token token"])
def test_a_public_client_may_use_no_hybrid_type(response_type):
    public = structs.replace(CLIENT, token_endpoint_auth_method="none")

    assert checked("id_token", client=public)
    with pytest.raises(UnauthorizedClient):
        checked(response_type, client=public)


@pytest.mark.parametrize("response_type", ["id_token", "id_token token", "code id_token"])
@pytest.mark.parametrize("members", [{"nonce": None}, {"scope": Scope({"email"})}, {"scope": None}])
def test_an_id_token_by_the_front_channel_needs_openid_and_a_nonce(response_type, members):
    with pytest.raises(InvalidRequest):
        checked(response_type, **members)
    assert checked("code", **members)


def test_a_state_has_at_most_4096_characters():
    assert checked(state="s" * 4_096)
    assert checked(state=None)
    with pytest.raises(InvalidRequest):
        checked(state="s" * 4_097)


@pytest.mark.parametrize("members", [{"response_type": None}, {"registration": "{}"}])
def test_what_is_missing_or_never_offered_is_refused(members):
    with pytest.raises(OAuthError):
        checked(**members)
