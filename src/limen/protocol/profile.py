"""Security profiles: what each fixes, and its rules for clients (OAuth 2.1, FAPI 1 Advanced, FAPI 2, CIBA).

Every rule has a name, and a refusal ends in it. Rules for requests are in `profile_request`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.protocol.algorithms import FAPI_ALGS

OIDC, OAUTH21, FAPI1 = "oidc", "oauth21", "fapi1-advanced"
FAPI2, MESSAGE_SIGNING, FAPI_CIBA = "fapi2-security", "fapi2-message-signing", "fapi-ciba"
PROFILES = (OIDC, OAUTH21, FAPI1, FAPI2, MESSAGE_SIGNING, FAPI_CIBA)
CONSTRAINTS = ("dpop", "certificate")

_LONGEST_CODE = 60  # FAPI 2 Security §5.3.2.1
_LONGEST_PUSHED = 599
_ASYMMETRIC = frozenset({"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"})
_OPEN_GRANTS = frozenset({"implicit", "password"})
_SIGNED = (
    "token_endpoint_auth_signing_alg", "id_token_signed_response_alg", "userinfo_signed_response_alg",
    "introspection_signed_response_alg", "request_object_signing_alg",
    "backchannel_authentication_request_signing_alg",
)  # fmt: skip


class ClientRule(msgspec.Struct, frozen=True, gc=False):
    """What a profile demands of a client's metadata; `holds` tells whether it does."""

    name: str
    demands: str
    holds: Callable[[Client, Tenant], bool]


def is_fapi(profile: str) -> bool:
    """Tell whether the profile is one of the financial-grade family."""
    return profile.startswith("fapi")


def of_client(client: Client, tenant: Tenant) -> str:
    """Return the profile a client is held to, as far as client and tenant say."""
    return client.settings.security_profile or tenant.settings.security_profile or OIDC


def refusal(client: Client, tenant: Tenant) -> str | None:
    """Return why the client's metadata break its profile, with the rule's name; None when they do not."""
    profile = of_client(client, tenant)
    for rule in CLIENT_RULES[profile]:
        if not rule.holds(client, tenant):
            return f"the profile {profile} {rule.demands} (rule {rule.name})"
    return None


def forced(profile: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that hold under the profile whatever the layers say."""
    if profile == OAUTH21:
        return {"require_pkce": True, "allow_plain_pkce": False}
    if not is_fapi(profile):
        return {}
    settings: dict[str, Any] = {
        "allow_plain_pkce": False,
        # FAPI 2 Security §5.3.2.1: a new refresh token must not make the old one useless.
        "refresh_token_rotation": False,
        "validate_token_binding": True,
        "authorization_code_lifetime": min(said.get("authorization_code_lifetime", 60), _LONGEST_CODE),
        "par_lifetime": min(said.get("par_lifetime", 60), _LONGEST_PUSHED),
    }
    if profile in (FAPI2, MESSAGE_SIGNING):
        settings |= {"require_pkce": True, "assertion_audience": "issuer"}
        if said.get("token_binding_type") not in CONSTRAINTS:
            settings["token_binding_type"] = "dpop"
    else:
        settings |= {"token_binding_type": "certificate", "assertion_audience": "endpoint"}
    return settings


def _proves_itself(client: Client, _tenant: Tenant) -> bool:
    return client.token_endpoint_auth_method in _ASYMMETRIC


def _signs_well(client: Client, _tenant: Tenant) -> bool:
    return all(getattr(client, name) in {None, *FAPI_ALGS} for name in _SIGNED)


def _has_no_open_grants(client: Client, _tenant: Tenant) -> bool:
    return _OPEN_GRANTS.isdisjoint(client.grant_types)


def _has_no_password(client: Client, _tenant: Tenant) -> bool:
    return "password" not in client.grant_types


def _wants_code_alone(client: Client, _tenant: Tenant) -> bool:
    return set(client.response_types) <= {"code"}


def _wants_detached(client: Client, _tenant: Tenant) -> bool:
    return set(client.response_types) <= {"code", "code id_token"}


def _is_constrained(client: Client, tenant: Tenant) -> bool:
    return (
        client.dpop_bound_access_tokens or _is_certified(client, tenant) or _binding(client, tenant) == "dpop"
    )


def _is_certified(client: Client, tenant: Tenant) -> bool:
    return client.tls_client_certificate_bound_access_tokens or _binding(client, tenant) == "certificate"


def _binding(client: Client, tenant: Tenant) -> str | None:
    return client.settings.token_binding_type or tenant.settings.token_binding_type


_AUTHENTICATION = ClientRule(
    "client_authentication", "needs private_key_jwt or a client certificate", _proves_itself
)
_ALGORITHMS = ClientRule("signing_algorithms", "needs PS256, ES256 or EdDSA for each signature", _signs_well)
_CONSTRAINED = ClientRule(
    "sender_constraint", "needs tokens bound by DPoP or a client certificate", _is_constrained
)
_CERTIFIED = ClientRule("certificate_bound", "needs tokens bound to a client certificate", _is_certified)
_CODE = ClientRule("code_only", "allows the response type code alone", _wants_code_alone)
_NO_OPEN_GRANTS = ClientRule("grant_types", "forbids the grants implicit and password", _has_no_open_grants)
_NO_PASSWORD = ClientRule("grant_types", "forbids the grant password", _has_no_password)
_DETACHED = ClientRule(
    "detached_signature", "allows the response types code id_token and code alone", _wants_detached
)
_FAPI2_RULES = (_AUTHENTICATION, _ALGORITHMS, _CONSTRAINED, _CODE, _NO_OPEN_GRANTS)
_FAPI1_RULES = (_AUTHENTICATION, _ALGORITHMS, _CERTIFIED, _DETACHED, _NO_PASSWORD)

CLIENT_RULES: Mapping[str, tuple[ClientRule, ...]] = {
    OIDC: (),
    OAUTH21: (_CODE, _NO_OPEN_GRANTS),
    FAPI1: _FAPI1_RULES,
    FAPI2: _FAPI2_RULES,
    MESSAGE_SIGNING: _FAPI2_RULES,
    FAPI_CIBA: _FAPI1_RULES,
}
