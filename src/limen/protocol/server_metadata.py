"""The discovery document, computed from what is installed and enabled (OIDC Discovery §3, RFC 8414 §2)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from limen.model.tenant import Tenant
from limen.protocol.algorithms import ENCRYPTION_ALGS, ENCRYPTION_ENCS, HMAC_ALGS, SIGNING_ALGS
from limen.protocol.dpop import ALGORITHMS as DPOP_ALGS
from limen.protocol.registered_values import CIBA
from limen.protocol.response_mode import RESPONSE_MODES
from limen.protocol.response_type import RESPONSE_TYPES


class Installed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What this server can do: the names in its registries and the addresses of its endpoints.

    `endpoints` maps a metadata name to a path below the tenant's base.
    """

    endpoints: Mapping[str, str]
    grant_types: Sequence[str]
    auth_methods: Sequence[str]
    binding_types: Sequence[str]
    acr_values: Sequence[str]
    ui_locales: Sequence[str]


# RFC 8705 §5: where clients authenticate or show tokens.
_MTLS_ENDPOINTS = frozenset({
    "token_endpoint", "userinfo_endpoint", "introspection_endpoint", "revocation_endpoint",
    "pushed_authorization_request_endpoint", "device_authorization_endpoint", "registration_endpoint",
    "backchannel_authentication_endpoint",
})  # fmt: skip
_LEGACY_GRANTS = {"password": "password", "implicit": "implicit"}


def describe(tenant: Tenant, base: str, installed: Installed, algorithms: Sequence[str]) -> dict[str, Any]:
    """Return the metadata of a tenant; `algorithms` are those its signing keys have."""
    return {
        "issuer": tenant.issuer,
        **{name: base + path for name, path in _offered(tenant, installed).items()},
        "scopes_supported": [d.scope for d in tenant.scopes if d.discoverable],
        "claims_supported": ["sub", "iss", "auth_time", "acr", *_claims(tenant)],
        "response_types_supported": _response_types(tenant),
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": _grant_types(tenant, installed),
        "subject_types_supported": ["public", "pairwise"],
        "code_challenge_methods_supported": ["S256", *(["plain"] if "plain_pkce" in tenant.legacy else [])],
        "acr_values_supported": list(installed.acr_values),
        "ui_locales_supported": list(installed.ui_locales),
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": True,
        "authorization_response_iss_parameter_supported": True,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        **_signing(tenant, [alg for alg in SIGNING_ALGS if alg in algorithms]),
        **_requests(tenant),
        **_backchannel(installed),
        **_documents(tenant),
        **_pages(tenant),
        **_client_authentication(installed),
        **_encryption(),
        **_constrained_tokens(tenant, installed, base),
    }


def _signing(tenant: Tenant, algorithms: list[str]) -> dict[str, Any]:
    """What the tenant signs with, thing by thing."""
    return {
        "id_token_signing_alg_values_supported": [*algorithms, "HS256", *_none(tenant)],
        "userinfo_signing_alg_values_supported": algorithms,
        "authorization_signing_alg_values_supported": algorithms,
        "introspection_signing_alg_values_supported": algorithms,
    }


def _requests(tenant: Tenant) -> dict[str, Any]:
    """RFC 9101 §10.5, OIDC Discovery §3, RFC 9126 §5, RFC 9396 §10."""
    members: dict[str, Any] = {
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": [
            *SIGNING_ALGS,
            *HMAC_ALGS,
            *_none(tenant),
        ],
        "request_object_encryption_alg_values_supported": list(ENCRYPTION_ALGS),
        "request_object_encryption_enc_values_supported": list(ENCRYPTION_ENCS),
        "require_pushed_authorization_requests": tenant.require_pushed_authorization_requests,
    }
    if tenant.detail_types:
        members["authorization_details_types_supported"] = [kind.type for kind in tenant.detail_types]
    return members


def _offered(tenant: Tenant, installed: Installed) -> Mapping[str, str]:
    """RFC 7591 §3: where nobody may register, there is no registration endpoint."""
    if tenant.registration.mode != "closed":
        return installed.endpoints
    return {name: path for name, path in installed.endpoints.items() if name != "registration_endpoint"}


def _documents(tenant: Tenant) -> dict[str, Any]:
    """OAuth Client ID Metadata Document, section 5."""
    return {"client_id_metadata_document_supported": True} if tenant.registration.client_id_documents else {}


def _backchannel(installed: Installed) -> dict[str, Any]:
    """CIBA Core §4."""
    if CIBA not in installed.grant_types:
        return {}
    return {
        "backchannel_token_delivery_modes_supported": ["poll", "ping", "push"],
        "backchannel_authentication_request_signing_alg_values_supported": list(SIGNING_ALGS),
        "backchannel_user_code_parameter_supported": True,
    }


def _pages(tenant: Tenant) -> dict[str, str]:
    """OIDC Discovery §3: what people and developers may read about the issuer."""
    pages = {"op_policy_uri": tenant.privacy_url, "op_tos_uri": tenant.terms_url}
    return {name: url for name, url in pages.items() if url}


def _none(tenant: Tenant) -> list[str]:
    return ["none"] if "alg_none" in tenant.legacy else []


def _claims(tenant: Tenant) -> list[str]:
    return [d.claim for d in tenant.claims if d.discoverable and d.attribute]


def _response_types(tenant: Tenant) -> list[str]:
    if "implicit" in tenant.legacy:
        return [name for name in RESPONSE_TYPES if name != "none"]
    return ["code"]


def _grant_types(tenant: Tenant, installed: Installed) -> list[str]:
    names = [*installed.grant_types, "implicit"]
    return [name for name in names if name not in _LEGACY_GRANTS or _LEGACY_GRANTS[name] in tenant.legacy]


def _client_authentication(installed: Installed) -> dict[str, Any]:
    members: dict[str, Any] = {}
    confidential = [name for name in installed.auth_methods if name != "none"]
    for place in ("token", "revocation", "introspection"):
        methods = confidential if place == "introspection" else list(installed.auth_methods)
        members[f"{place}_endpoint_auth_methods_supported"] = methods
        if {"private_key_jwt", "client_secret_jwt"} & set(methods):
            secret = HMAC_ALGS if "client_secret_jwt" in methods else ()
            members[f"{place}_endpoint_auth_signing_alg_values_supported"] = [
                *SIGNING_ALGS,
                *secret,
            ]
    return members


def _constrained_tokens(tenant: Tenant, installed: Installed, base: str) -> dict[str, Any]:
    """RFC 8705 §3.3, §5; RFC 9449 §5.1."""
    members: dict[str, Any] = {}
    if "dpop" in installed.binding_types:
        members["dpop_signing_alg_values_supported"] = list(DPOP_ALGS)
    if "certificate" in installed.binding_types:
        members["tls_client_certificate_bound_access_tokens"] = True
        # A certificate is asked for, never demanded: so the ordinary addresses serve.
        members["mtls_endpoint_aliases"] = {
            name: base + path for name, path in _offered(tenant, installed).items() if name in _MTLS_ENDPOINTS
        }
    return members


def _encryption() -> dict[str, Any]:
    members: dict[str, Any] = {}
    for place in ("id_token", "userinfo", "authorization", "introspection"):
        members[f"{place}_encryption_alg_values_supported"] = list(ENCRYPTION_ALGS)
        members[f"{place}_encryption_enc_values_supported"] = list(ENCRYPTION_ENCS)
    return members
