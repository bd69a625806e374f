"""Backchannel authentication requests (CIBA Core §7.1, FAPI-CIBA §5.2.2)."""

import pytest

from limen.errors import InvalidBindingMessage, InvalidRequest, UnauthorizedClient
from limen.model.client import Client
from limen.model.scope import Scope
from limen.protocol.backchannel_request import (
    BackchannelAuthenticationRequest,
    check,
    lifetime,
    signed_parameters,
    signing_algorithm,
)
from limen.protocol.policy import Policy
from limen.protocol.request_object import Expected

NOW = 1_800_000_000
OIDC, FAPI = Policy(), Policy(security_profile="fapi-ciba")
WANTED = Expected(client_id="bank", issuer="https://id.test", now=NOW, signed=True, dated=True)


def client(mode="poll", alg=None):
    return Client(
        tenant_id="t",
        client_id="bank",
        backchannel_token_delivery_mode=mode,
        backchannel_authentication_request_signing_alg=alg,
    )


def request(**fields):
    return BackchannelAuthenticationRequest(**{"scope": Scope(["openid"]), "login_hint": "al", **fields})


def claims(**changes):
    dates = {"exp": NOW + 60, "nbf": NOW, "iat": NOW, "jti": "1"}
    said = {
        "iss": "bank",
        "aud": "https://id.test",
        **dates,
        "scope": "openid",
        "login_hint": "al",
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def test_4_who_registered_an_algorithm_signs_with_it():
    assert signing_algorithm(client(alg="RS256"), OIDC, signed=True) == "RS256"
    assert signing_algorithm(client(), OIDC, signed=False) is None
    for alg, signed in (("RS256", False), (None, True)):
        with pytest.raises(InvalidRequest):
            signing_algorithm(client(alg=alg), OIDC, signed=signed)


@pytest.mark.parametrize("alg", [None, "RS256"])
def test_fapi_5_2_2_requests_are_signed_well(alg):
    assert signing_algorithm(client(alg="PS256"), FAPI, signed=True) == "PS256"
    with pytest.raises(UnauthorizedClient, match="rule signed_request"):
        signing_algorithm(client(alg=alg), FAPI, signed=alg is not None)


def test_7_1_1_the_claims_become_the_parameters():
    found = signed_parameters(claims(requested_expiry=30, resource=["https://a.test"]), {}, WANTED)

    assert found == {
        "scope": ("openid",), "login_hint": ("al",), "requested_expiry": ("30",),
        "resource": ("https://a.test",),
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes", [{"iss": "x"}, {"exp": None}, {"iat": None}, {"jti": None}, {"jti": ""}, {"scope": ["openid"]}]
)
def test_7_1_1_claims_that_break_a_rule_are_an_invalid_request(changes):
    with pytest.raises(InvalidRequest):
        signed_parameters(claims(**changes), {}, WANTED)


def test_7_1_1_nothing_stands_beside_a_signed_request():
    with pytest.raises(InvalidRequest, match="scope must be inside"):
        signed_parameters(claims(), {"scope": ("openid",), "client_id": ("bank",)}, WANTED)


@pytest.mark.parametrize(
    "fields",
    [
        {"scope": None}, {"scope": Scope(["email"])}, {"login_hint": None}, {"id_token_hint": "x"},
        {"requested_expiry": 0},
    ],
)  # fmt: skip
def test_7_1_requests_that_break_a_rule(fields):
    with pytest.raises(InvalidRequest):
        check(request(**fields), client(), OIDC)


@pytest.mark.parametrize("text", ["x" * 65, "a\nb", "\u202eevil"])
def test_7_1_messages_that_cannot_be_shown(text):
    with pytest.raises(InvalidBindingMessage):
        check(request(binding_message=text), client(), OIDC)


def test_7_1_messages_that_can():
    for text in (None, "A1-B2", "x" * 64, "Überweisung 7 €"):
        check(request(binding_message=text), client(), OIDC)


def test_fapi_5_2_2_a_message_binds_each_request():
    check(request(binding_message="A1"), client(), FAPI)
    with pytest.raises(InvalidRequest, match="rule binding_message"):
        check(request(), client(), FAPI)


@pytest.mark.parametrize("mode", ["ping", "push"])
def test_7_1_who_wants_to_be_told_gives_a_token(mode):
    check(request(client_notification_token="8d67dc78-7faa"), client(mode), OIDC)
    for token in (None, "a b", "x" * 1025):
        with pytest.raises(InvalidRequest):
            check(request(client_notification_token=token), client(mode), OIDC)


@pytest.mark.parametrize("policy", [FAPI, Policy(token_binding_type="dpop")])
def test_fapi_5_2_2_tokens_that_must_be_bound_are_not_pushed(policy):
    with pytest.raises(UnauthorizedClient, match="rule delivery_mode"):
        check(request(binding_message="A1", client_notification_token="x"), client("push"), policy)


def test_7_1_the_asked_expiry_only_shortens():
    assert [lifetime(request(requested_expiry=s), OIDC) for s in (None, 10, 9000)] == [300, 10, 300]
