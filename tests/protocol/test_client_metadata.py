"""Registration metadata, read and written for every door (RFC 7591, attack rows DR-*, SS-*)."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from limen.errors import InvalidClientMetadata, InvalidRedirectUri
from limen.model.client import Client
from limen.model.scope import Scope
from limen.model.settings import Settings
from limen.model.tenant import Registration, Tenant
from limen.protocol.client_metadata import MEMBER_NAMES, read_administered, read_metadata, write_metadata
from limen.protocol.registered_values import CIBA, DEVICE_CODE, TOKEN_EXCHANGE

TENANT = Tenant(tenant_id="t", name="", issuer="https://id.example")
LEGACY = Tenant(
    tenant_id="t",
    name="",
    issuer="https://id.example",
    legacy=frozenset({"implicit", "password", "plain_pkce", "alg_none"}),
)
DEVELOPMENT = Tenant(tenant_id="t", name="", issuer="http://localhost", development=True)
CB = "https://rp.example/cb"
WEB = {"redirect_uris": [CB]}
KEYS = {"jwks": {"keys": [{"kty": "EC"}]}}
TLS = {"token_endpoint_auth_method": "tls_client_auth"}


def refused(document, tenant=TENANT, error=InvalidClientMetadata):
    with pytest.raises(error) as caught:
        read_administered(document, tenant=tenant)
    return caught.value.description


def test_rfc7591_2_what_is_left_out_takes_the_defaults_of_the_specifications():
    client = read_metadata(WEB, tenant=TENANT)

    assert client == Client(tenant_id="t", client_id="", redirect_uris=(CB,))
    assert client.token_endpoint_auth_method == "client_secret_basic"
    assert client.response_types == ("code",)
    assert client.id_token_signed_response_alg == "RS256"


def test_rfc7591_2_registration_ignores_members_it_does_not_know():
    assert read_metadata({**WEB, "colour": {"deep": [1]}}, tenant=TENANT).redirect_uris == (CB,)


def test_an_operator_is_told_of_an_unknown_member_and_of_the_likely_one():
    assert "did you mean redirect_uris?" in refused({"redirect_uri": [CB]})
    assert "did you mean limen_access_token_lifetime?" in refused({**WEB, "access_token_lifetime": 60})


def test_a_client_cannot_trust_itself_nor_lengthen_its_tokens():
    document = {
        **WEB,
        "limen_consent": "trusted",
        "limen_first_party": True,
        "limen_require_pkce": False,
        "limen_token_binding_type": "none",
        "limen_access_token_lifetime": 10_000,
        "limen_access_token_format": "jwt",
    }

    client = read_metadata(document, tenant=TENANT)

    assert client.settings == Settings(access_token_format="jwt")
    assert client.first_party is False


@pytest.mark.parametrize("kind", ["none", "client-request", "cookie", "sso-session", "device-flow", ["dpop"]])
def test_a_client_binds_its_own_tokens_to_nothing_less_than_a_proof(kind):
    document = {**WEB, "limen_token_binding_type": kind, "limen_revoke_tokens_on_logout": False}

    assert read_metadata(document, tenant=TENANT).settings == Settings()


@pytest.mark.parametrize("kind", ["dpop", "certificate"])
def test_a_client_may_ask_for_stricter_tokens(kind):
    document = {**WEB, "limen_token_binding_type": kind, "limen_revoke_tokens_on_logout": True}

    wanted = Settings(token_binding_type=kind, revoke_tokens_on_logout=True)
    assert read_metadata(document, tenant=TENANT).settings == wanted


def test_a_clients_own_update_keeps_what_the_operator_decided():
    base = read_administered({**WEB, "limen_consent": "trusted", "limen_first_party": True}, tenant=TENANT)

    updated = read_metadata({**WEB, "client_name": "New", "limen_consent": "ask"}, tenant=TENANT, base=base)

    assert updated.settings.consent == "trusted"
    assert updated.first_party is True
    assert updated.client_name == "New"


def test_rfc7592_2_2_a_member_left_out_of_an_update_returns_to_its_default():
    base = read_administered({**WEB, "client_name": "Old", "client_name#ja": "旧"}, tenant=TENANT)

    updated = read_metadata({**WEB, "client_name": None}, tenant=TENANT, base=base)

    assert (updated.client_name, updated.client_names) == ("", {})


def test_rfc7591_2_2_names_carry_language_tags():
    client = read_metadata({**WEB, "client_name": "Shop", "client_name#ja-Jpan-JP": "店"}, tenant=TENANT)

    assert client.client_names == {"ja-Jpan-JP": "店"}
    assert write_metadata(client)["client_name#ja-Jpan-JP"] == "店"


def test_rfc7591_2_1_grant_types_and_response_types_follow_each_other():
    service = read_metadata({"grant_types": ["client_credentials"]}, tenant=TENANT)
    hybrid = read_metadata({**WEB, "response_types": ["id_token code"]}, tenant=LEGACY)

    assert service.response_types == ()
    assert hybrid.response_types == ("code id_token",)
    assert hybrid.grant_types == {"authorization_code", "implicit"}


def test_encryption_without_an_enc_means_a128cbc_hs256():
    client = read_metadata({**WEB, **KEYS, "id_token_encrypted_response_alg": "RSA-OAEP"}, tenant=TENANT)

    assert client.id_token_encrypted_response_enc == "A128CBC-HS256"


def test_dr_03_a_registered_scope_stays_within_the_tenants_policy():
    tenant = Tenant(
        tenant_id="t",
        name="",
        issuer="https://id.example",
        registration=Registration(scopes=("openid", "email")),
    )

    assert read_metadata({**WEB, "scope": "openid admin"}, tenant=tenant).scope == Scope({"openid"})
    assert read_metadata(WEB, tenant=tenant).scope == Scope({"openid", "email"})


@pytest.mark.parametrize(
    "document",
    [
        {"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"},
        {"grant_types": [TOKEN_EXCHANGE], "token_endpoint_auth_method": "none"},
        {**WEB, **KEYS, "jwks_uri": "https://rp.example/jwks"},
        {**WEB, "grant_types": ["implicit"], "response_types": ["id_token"]},
        {**WEB, "grant_types": ["password"]},
        {**WEB, "grant_types": ["refresh_token"]},
        {**WEB, "grant_types": ["urn:example:unknown"]},
        {**WEB, "response_types": ["code code2"]},
        {**WEB, "response_types": ["id_token"], "grant_types": ["authorization_code"]},
        {**WEB, "response_types": ["code"], "grant_types": ["client_credentials"]},
        {**WEB, "token_endpoint_auth_method": "private_key_jwt"},
        {**WEB, "token_endpoint_auth_method": "self_signed_tls_client_auth"},
        {**WEB, "token_endpoint_auth_method": "tls_client_auth"},
        {
            **WEB,
            "token_endpoint_auth_method": "tls_client_auth",
            "tls_client_auth_san_dns": "a",
            "tls_client_auth_subject_dn": "CN=a",
        },
        {**WEB, "tls_client_auth_san_dns": "a"},
        {**WEB, **TLS, "tls_client_auth_subject_dn": "rp.example"},
        {**WEB, **TLS, "tls_client_auth_subject_dn": "CN=rp,"},
        {**WEB, **TLS, "tls_client_auth_san_ip": "192.0.2.300"},
        {**WEB, **TLS, "tls_client_auth_san_dns": "*.example"},
        {**WEB, "id_token_encrypted_response_alg": "RSA-OAEP"},
        {**WEB, **KEYS, "id_token_encrypted_response_enc": "A128GCM"},
        {**WEB, **KEYS, "id_token_encrypted_response_alg": "RSA1_5"},
        {**WEB, "request_object_encryption_enc": "A128GCM"},
        {**WEB, "id_token_signed_response_alg": "HS256", "token_endpoint_auth_method": "none"},
        {
            **WEB,
            **KEYS,
            "userinfo_signed_response_alg": "HS256",
            "token_endpoint_auth_method": "private_key_jwt",
        },
        {**WEB, "id_token_signed_response_alg": "none"},
        {**WEB, "userinfo_signed_response_alg": "none"},
        {**WEB, "request_object_signing_alg": "none"},
        {**WEB, "request_object_signing_alg": "RS256"},
        {**WEB, "require_signed_request_object": True},
        {**WEB, "token_endpoint_auth_signing_alg": "RS256"},
        {
            **WEB,
            "token_endpoint_auth_method": "client_secret_jwt",
            "token_endpoint_auth_signing_alg": "RS256",
        },
        {
            **WEB,
            **KEYS,
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "HS256",
        },
        {"redirect_uris": [CB, "https://other.example/cb"], "subject_type": "pairwise"},
        {"grant_types": [CIBA]},
        {"grant_types": [CIBA], "backchannel_token_delivery_mode": "ping"},
        {**WEB, "dpop_bound_access_tokens": True, "tls_client_certificate_bound_access_tokens": True},
        {**WEB, "dpop_bound_access_tokens": True, "limen_token_binding_type": "certificate"},
        {**WEB, "limen_allow_plain_pkce": True},
        {**WEB, "limen_security_profile": "fapi2-security"},
        {**WEB, "limen_id_token_audience": ["a", "a"]},
        {**WEB, "limen_id_token_audience": [""]},
        {**WEB, "limen_access_token_claims": ["sub"]},
        {**WEB, "limen_allowed_cors_origins": ["https://rp.example/"]},
        {**WEB, "limen_allowed_cors_origins": ["*"]},
        {**WEB, "limen_access_token_lifetime": 0},
        {**WEB, "limen_access_token_lifetime": -1},
        {**WEB, "limen_access_token_lifetime": True},
        {**WEB, "limen_access_token_lifetime": "3600"},
        {**WEB, "limen_refresh_token_grace": 61},
        {**WEB, "limen_require_pkce": "no"},
        {**WEB, "limen_consent": "never"},
        {**WEB, "default_max_age": -1},
        {**WEB, "client_name": "bob\r\nINFO ok"},
        {**WEB, "client_name": "a\u202eb"},
        {**WEB, "client_name": 7},
        {**WEB, "contacts": "me@example.com"},
        {**WEB, "scope": 'a"b'},
        {**WEB, "jwks": {"keys": []}},
        {**WEB, "jwks": []},
        {**WEB, "jwks": {"keys": [{}] * 51}},
        {**WEB, "contacts": ["a", "a"]},
        {**WEB, "contacts": ["x"] * 101},
        {**WEB, "software_statement": "é"},
        {**WEB, "limen_id_token_audience": [f"a{n}" for n in range(11)]},
        {
            **WEB,
            "limen_token_binding_type": "cookie",
            "grant_types": ["authorization_code", "client_credentials"],
        },
        {
            "grant_types": [CIBA],
            "backchannel_token_delivery_mode": "poll",
            "backchannel_authentication_request_signing_alg": "ES256",
        },
        {"redirect_uris": [f"https://rp.example/{n}" for n in range(51)]},
        {
            **WEB,
            **KEYS,
            "limen_security_profile": "fapi2-security",
            "token_endpoint_auth_method": "private_key_jwt",
            "id_token_signed_response_alg": "RS256",
        },
    ],
)
def test_dr_09_inconsistent_or_malformed_metadata_is_refused(document):
    refused(document)


def test_what_is_consistent_is_accepted():
    for document in (
        {**WEB, "dpop_bound_access_tokens": True, "limen_token_binding_type": "dpop"},
        {**WEB, "limen_token_binding_type": "cookie", "grant_types": ["authorization_code", "refresh_token"]},
        {**WEB, "scope": "openid email", "default_max_age": 0},
        {
            **WEB,
            "token_endpoint_auth_method": "client_secret_jwt",
            "token_endpoint_auth_signing_alg": "HS256",
            "id_token_signed_response_alg": "HS256",
        },
        {**WEB, **TLS, "tls_client_auth_san_dns": "rp.example"},
        {**WEB, **TLS, "tls_client_auth_san_ip": "2001:db8::1"},
        {**WEB, **TLS, "tls_client_auth_san_uri": "https://rp.example/*"},
        {**WEB, **TLS, "tls_client_auth_subject_dn": "CN=rp * 1,O=Limen"},
        {
            **WEB,
            **KEYS,
            "limen_security_profile": "fapi2-security",
            "token_endpoint_auth_method": "private_key_jwt",
            "id_token_signed_response_alg": "PS256",
            "dpop_bound_access_tokens": True,
        },
        {**WEB, "limen_allowed_cors_origins": ["https://rp.example"], "limen_access_token_claims": ["email"]},
        {"grant_types": [CIBA], "backchannel_token_delivery_mode": "poll"},
    ):
        client = read_administered(document, tenant=TENANT)
        assert read_administered(write_metadata(client), tenant=TENANT) == client


def test_alg_none_is_for_legacy_tenants_and_id_tokens_from_the_token_endpoint():
    both = ["authorization_code", "implicit"]
    none = {"id_token_signed_response_alg": "none", "request_object_signing_alg": "none"}
    unsigned = {**WEB, "grant_types": both, **none}

    assert read_administered(unsigned, tenant=LEGACY).id_token_signed_response_alg == "none"
    assert read_administered({**WEB, "request_object_signing_alg": "none"}, tenant=LEGACY)
    assert read_administered({**unsigned, "response_types": ["code token"]}, tenant=LEGACY)
    for response_type in ("code id_token", "id_token token"):
        refused({**unsigned, "response_types": ["code", response_type]}, tenant=LEGACY)


def test_redirecting_clients_need_an_address():
    assert "redirect_uris" in refused({}, error=InvalidRedirectUri)
    assert read_metadata({"grant_types": [DEVICE_CODE]}, tenant=TENANT).redirect_uris == ()


@pytest.mark.parametrize("kind", ["cookie", "sso-session", "device-flow"])
def test_tb_11_a_binding_no_grant_of_the_client_can_make_is_refused(kind):
    assert "limen_token_binding_type" in refused(
        {"grant_types": ["client_credentials"], "limen_token_binding_type": kind}
    )


@pytest.mark.parametrize(
    "member",
    [
        "client_uri", "logo_uri", "policy_uri", "tos_uri", "initiate_login_uri", "jwks_uri", "request_uris",
        "backchannel_client_notification_endpoint", "sector_identifier_uri",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://rp.example/x",
        "ftp://rp.example/x",
        "gopher://rp.example/x",
        "file:///etc/passwd",
        "https://user:pass@rp.example/x",
        "http://127.0.0.1:8080/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://x.localhost/x",
        "https://[::1]/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/x",
        "https://100.100.100.200/x",
        "https://[fd00:ec2::254]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://2130706433/x",
        "https://rp.example\\@evil.test/x",
        "/x",
        "",
    ],
)
def test_dr_02_and_ss_01_every_address_is_https_on_a_public_host(member, url):
    refused({**WEB, member: [url] if member == "request_uris" else url})


def test_a_tenant_for_development_takes_loopback_addresses():
    document = {
        **WEB,
        "initiate_login_uri": "http://127.0.0.1:5000/in",
        "jwks_uri": "http://localhost:1/jwks",
    }

    assert read_metadata(document, tenant=DEVELOPMENT).initiate_login_uri == "http://127.0.0.1:5000/in"


def test_request_uris_may_carry_the_digest_of_the_document_in_their_fragment():
    assert read_metadata({**WEB, "request_uris": ["https://rp.example/r#abc"]}, tenant=TENANT).request_uris


@pytest.mark.parametrize("member", ["redirect_uris", "post_logout_redirect_uris"])
@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", f"{CB}#f", "http://rp.example/cb", "com.example.app:/cb"]
)
def test_both_kinds_of_return_addresses_obey_one_rule(member, uri):
    refused({**WEB, member: [uri]}, error=InvalidRedirectUri)


def test_oidc_registration_2_an_implicit_web_client_uses_https_and_not_localhost():
    document = {"redirect_uris": ["http://localhost/cb"], "response_types": ["id_token"]}

    refused(document, tenant=LEGACY, error=InvalidRedirectUri)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
trees = st.recursive(
    scalars, lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text(max_size=4), t, max_size=3)
)
plausible = st.sampled_from(
    [
        CB, [CB], ["com.example.app:/cb"], "https://rp.example/x", True, False, 0, 60, "none", "native",
        "RS256", "HS256", "PS256", "RSA-OAEP", "ECDH-ES", "A256GCM", "private_key_jwt", "client_secret_jwt",
        "tls_client_auth", "openid email", "", {"keys": [{"kty": "RSA"}]}, ["code"], ["id_token"], "pairwise",
        ["authorization_code"], ["authorization_code", "implicit"], ["client_credentials"], [CIBA], "ping",
        "poll", ["token code"],
        "jwt", "dpop", "cookie", "trusted", ["a", "b"], "fapi2-security", ["https://rp.example"], "CN=a",
    ]
)  # fmt: skip
names = (
    st.sampled_from(sorted(MEMBER_NAMES))
    | st.sampled_from(["client_name#de", "client_name#"])
    | st.text(max_size=5)
)
documents = st.dictionaries(names, plausible | trees, max_size=8)
started = st.builds(lambda more: {**WEB, **more}, documents)


@settings(max_examples=400)
@given(
    documents | started,
    st.sampled_from([TENANT, LEGACY, DEVELOPMENT]),
    st.sampled_from([read_metadata, read_administered]),
)
def test_any_document_is_a_client_or_one_of_two_refusals(document, tenant, reader):
    try:
        client = reader(document, tenant=tenant)
    except (InvalidClientMetadata, InvalidRedirectUri):
        return
    assert json.dumps(write_metadata(client))


@settings(max_examples=400)
@given(started, st.sampled_from([TENANT, LEGACY, DEVELOPMENT]))
@example({**WEB, "software_id": ""}, TENANT)
def test_what_is_written_reads_back_as_the_same_client(document, tenant):
    try:
        client = read_administered(document, tenant=tenant)
    except (InvalidClientMetadata, InvalidRedirectUri):
        return
    written = json.loads(json.dumps(write_metadata(client)))

    assert read_administered(written, tenant=tenant) == client
    assert read_metadata(written, tenant=tenant, base=client) == client
