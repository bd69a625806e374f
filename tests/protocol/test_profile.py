"""Security profiles: what each fixes and what it demands of clients."""

import pytest
from msgspec import structs

from limen.model.client import Client
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.protocol.policy import effective
from limen.protocol.profile import CLIENT_RULES, PROFILES, refusal
from limen.protocol.profile_request import REQUEST_RULES

TENANT = Tenant(tenant_id="t", name="", issuer="https://id.test")
STRONG = {
    "token_endpoint_auth_method": "private_key_jwt",
    "id_token_signed_response_alg": "PS256",
    "tls_client_certificate_bound_access_tokens": True,
}


def client(profile, **fields):
    settings = Settings(security_profile=profile, **fields.pop("settings", {}))
    return Client(tenant_id="t", client_id="web", settings=settings, **{**STRONG, **fields})


def test_every_profile_has_its_tables_and_rules_have_names_of_their_own():
    assert CLIENT_RULES.keys() == REQUEST_RULES.keys() == set(PROFILES)
    for rules in (*CLIENT_RULES.values(), *REQUEST_RULES.values()):
        assert len({rule.name for rule in rules}) == len(rules)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_strong_client_obeys_every_profile(profile):
    assert refusal(client(profile), TENANT) is None


@pytest.mark.parametrize(
    ("profile", "fields", "rule"),
    [
        ("oauth21", {"response_types": ("code", "token")}, "code_only"),
        ("oauth21", {"grant_types": frozenset({"password"})}, "grant_types"),
        ("fapi1-advanced", {"token_endpoint_auth_method": "client_secret_basic"}, "client_authentication"),
        ("fapi1-advanced", {"id_token_signed_response_alg": "RS256"}, "signing_algorithms"),
        ("fapi1-advanced", {"tls_client_certificate_bound_access_tokens": False}, "certificate_bound"),
        ("fapi1-advanced", {"response_types": ("code token",)}, "detached_signature"),
        ("fapi-ciba", {"grant_types": frozenset({"password"})}, "grant_types"),
        ("fapi2-security", {"token_endpoint_auth_method": "none"}, "client_authentication"),
        ("fapi2-security", {"request_object_signing_alg": "RS256"}, "signing_algorithms"),
        ("fapi2-security", {"tls_client_certificate_bound_access_tokens": False}, "sender_constraint"),
        ("fapi2-security", {"response_types": ("code id_token",)}, "code_only"),
        ("fapi2-message-signing", {"grant_types": frozenset({"implicit"})}, "grant_types"),
    ],
)
def test_a_weak_client_is_refused_with_the_rule_s_name(profile, fields, rule):
    assert refusal(client(profile, **fields), TENANT).endswith(f"(rule {rule})")


def test_the_tenant_s_profile_holds_for_clients_without_one():
    strict = structs.replace(TENANT, settings=Settings(security_profile="fapi2-security"))
    weak = Client(tenant_id="t", client_id="web")

    assert refusal(weak, TENANT) is None
    assert "client_authentication" in refusal(weak, strict)
    assert refusal(structs.replace(weak, settings=Settings(security_profile="oidc")), strict) is None


def test_binding_by_setting_counts_as_a_constraint():
    unbound = {"tls_client_certificate_bound_access_tokens": False}

    for binding in ("dpop", "certificate"):
        bound = client("fapi2-security", settings={"token_binding_type": binding}, **unbound)
        assert refusal(bound, TENANT) is None


@pytest.mark.parametrize("profile", ["fapi2-security", "fapi2-message-signing"])
def test_fapi_2_fixes_settings_whatever_the_layers_say(profile):
    said = {
        "require_pkce": False, "allow_plain_pkce": True, "refresh_token_rotation": True, "par_lifetime": 600,
        "authorization_code_lifetime": 600, "token_binding_type": "none", "assertion_audience": "endpoint",
    }  # fmt: skip
    unbound = {"tls_client_certificate_bound_access_tokens": False}

    policy = effective(TENANT, client(profile, settings=said, **unbound))

    assert policy.require_pkce
    assert not policy.allow_plain_pkce
    assert not policy.refresh_token_rotation
    assert (policy.par_lifetime, policy.authorization_code_lifetime) == (599, 60)
    assert (policy.token_binding_type, policy.assertion_audience) == ("dpop", "issuer")


def test_shorter_lives_and_a_chosen_constraint_stay():
    policy = effective(TENANT, client("fapi2-security", settings={"authorization_code_lifetime": 30}))

    assert (policy.authorization_code_lifetime, policy.token_binding_type) == (30, "certificate")


@pytest.mark.parametrize("profile", ["fapi1-advanced", "fapi-ciba"])
def test_fapi_1_binds_to_certificates_and_takes_endpoints_as_audience(profile):
    policy = effective(TENANT, client(profile))

    assert (policy.token_binding_type, policy.assertion_audience) == ("certificate", "endpoint")


def test_oauth_2_1_wants_pkce():
    policy = effective(TENANT, client("oauth21", settings={"require_pkce": False, "allow_plain_pkce": True}))

    assert policy.require_pkce
    assert not policy.allow_plain_pkce
