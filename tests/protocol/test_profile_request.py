"""What client, tenant and profile demand of a request, by the names of the rules."""

import pytest
from msgspec import structs

from limen.errors import InvalidRequest
from limen.model.client import Client
from limen.model.scope import Scope
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.protocol.authorization_request import AuthorizationRequest
from limen.protocol.policy import effective
from limen.protocol.profile_request import REQUEST_RULES, Sent, check_sent, needs_signature

CLIENT = Client(tenant_id="t", client_id="web")
TENANT = Tenant(tenant_id="t", name="", issuer="https://id.test")
GOOD = AuthorizationRequest(
    client_id="web",
    response_type="code",
    redirect_uri="https://app.test/cb",
    scope=Scope.parse("openid"),
    nonce="n",
    code_challenge="c",
    code_challenge_method="S256",
)


@pytest.mark.parametrize(
    ("profile", "changes", "sent", "broken"),
    [
        ("oidc", {"response_type": None}, {}, set()),
        ("oauth21", {}, {}, set()),
        ("oauth21", {"response_type": "token", "code_challenge": None}, {}, {"code_only", "pkce_s256"}),
        ("fapi2-security", {}, {"pushed": True}, set()),
        ("fapi2-security", {"response_mode": "jwt"}, {"pushed": True}, {"answer_algorithm"}),
        ("fapi2-security", {}, {}, {"pushed_request"}),
        ("fapi2-message-signing", {}, {"pushed": True}, {"signed_request_object"}),
        ("fapi2-message-signing", {}, {"pushed": True, "signed": True}, set()),
        ("fapi1-advanced", {}, {"signed": True}, {"detached_signature"}),
        ("fapi1-advanced", {"response_type": "id_token code"}, {"signed": True}, set()),
        (
            "fapi1-advanced",
            {"response_type": "code id_token", "nonce": None},
            {"signed": True},
            {"nonce_or_state"},
        ),
        (
            "fapi1-advanced",
            {"response_type": "code id_token", "scope": Scope.parse("mail"), "nonce": None, "state": "s"},
            {"signed": True},
            set(),
        ),
        (
            "fapi1-advanced",
            {"response_type": "code id_token", "code_challenge": None},
            {"signed": True, "pushed": True},
            {"pkce_s256"},
        ),
    ],
)
def test_requests_break_just_these_rules(profile, changes, sent, broken):
    request = structs.replace(GOOD, **changes)

    found = {r.name for r in REQUEST_RULES[profile] if not r.holds(request, Sent(**sent), CLIENT)}

    assert found == broken


def judged(client, tenant=TENANT, **sent):
    check_sent(GOOD, Sent(**sent), tenant, client, effective(tenant, client))


def test_client_or_tenant_may_demand_a_push_and_the_client_a_signature():
    pushes = structs.replace(CLIENT, require_pushed_authorization_requests=True)
    signs = structs.replace(CLIENT, require_signed_request_object=True)
    strict = structs.replace(TENANT, require_pushed_authorization_requests=True)

    judged(CLIENT)
    judged(pushes, pushed=True)
    judged(CLIENT, strict, pushed=True)
    judged(signs, signed=True)
    for client, tenant in ((pushes, TENANT), (CLIENT, strict), (signs, TENANT)):
        with pytest.raises(InvalidRequest, match="require_"):
            judged(client, tenant)


def test_a_refusal_names_profile_and_rule():
    client = structs.replace(CLIENT, settings=Settings(security_profile="fapi2-security"))

    with pytest.raises(InvalidRequest, match=r"the profile fapi2-security .* \(rule pushed_request\)"):
        judged(client)


def test_unsigned_objects_do_not_do_for_fapi_or_where_signing_is_required():
    fapi = structs.replace(CLIENT, settings=Settings(security_profile="fapi1-advanced"))
    signs = structs.replace(CLIENT, require_signed_request_object=True)

    found = [needs_signature(client, effective(TENANT, client)) for client in (CLIENT, fapi, signs)]

    assert found == [False, True, True]
