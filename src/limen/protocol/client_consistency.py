"""What a client's metadata must agree on, with themselves and the tenant (RFC 7591 §2, OIDC Registration §2).

Each rule returns why a client is refused, or None; the first refusal is raised.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from limen.errors import InvalidClientMetadata, InvalidRedirectUri
from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.protocol import profile
from limen.protocol.algorithms import HMAC_ALGS
from limen.protocol.certificate import is_subject
from limen.protocol.registered_values import CIBA, DEVICE_CODE, SECRET_METHODS, TOKEN_EXCHANGE
from limen.protocol.response_type import ResponseType

Rule = Callable[[Client, Tenant], str | None]
_HMAC = frozenset(HMAC_ALGS)
_SUBJECTS = ("subject_dn", "san_dns", "san_uri", "san_ip", "san_email")
_ENCRYPTED = (
    "id_token_encrypted_response", "userinfo_encrypted_response", "authorization_encrypted_response",
    "introspection_encrypted_response", "request_object_encryption",
)  # fmt: skip
_SIGNED = (
    "id_token_signed_response_alg", "userinfo_signed_response_alg", "authorization_signed_response_alg",
    "introspection_signed_response_alg", "request_object_signing_alg",
)  # fmt: skip


def check(client: Client, tenant: Tenant) -> None:
    """Refuse inconsistent metadata with InvalidClientMetadata or InvalidRedirectUri."""
    for rule in RULES:
        if reason := rule(client, tenant):
            raise InvalidClientMetadata(reason)
    for rule in REDIRECT_RULES:
        if reason := rule(client, tenant):
            raise InvalidRedirectUri(reason)


def _public_clients(client: Client, _tenant: Tenant) -> str | None:
    """RFC 6749 §4.4, RFC 9700 §2.4: who cannot prove itself gets nothing for itself."""
    for grant in ("client_credentials", "password", CIBA, TOKEN_EXCHANGE):
        if client.is_public and grant in client.grant_types:
            return f"a public client (token_endpoint_auth_method none) may not use the grant {grant}"
    for response_type in client.response_types:
        if client.is_public and ResponseType.parse(response_type).hybrid:
            return f"a public client may not use the response type {response_type}"
    return None


def _legacy(client: Client, tenant: Tenant) -> str | None:
    """RFC 9700 §2.1.2, §2.4: off unless the tenant says otherwise."""
    for name in ("implicit", "password"):
        if name in client.grant_types and name not in tenant.legacy:
            return f"the grant type {name} is switched off here"
    if client.settings.allow_plain_pkce and "plain_pkce" not in tenant.legacy:
        return "limen_allow_plain_pkce is switched off here"
    return None


def _unsigned(client: Client, tenant: Tenant) -> str | None:
    if client.id_token_signed_response_alg == "none":
        # OIDC Registration §2: only for those who take the ID token from the token endpoint.
        in_front = any("id_token" in each.split() for each in client.response_types)
        if in_front or "alg_none" not in tenant.legacy:
            return "id_token_signed_response_alg must not be none here"
    elif client.request_object_signing_alg == "none" and (
        "alg_none" not in tenant.legacy or client.require_signed_request_object
    ):
        return "request_object_signing_alg must not be none here"
    return None


def _response_types(client: Client, _tenant: Tenant) -> str | None:
    """OIDC Registration §2: each response type needs its grant types."""
    for response_type in client.response_types:
        words = set(response_type.split())
        if words & {"code", "none"} and "authorization_code" not in client.grant_types:
            return f"the response type {response_type} needs the grant type authorization_code"
        if words & {"token", "id_token"} and "implicit" not in client.grant_types:
            return f"the response type {response_type} needs the grant type implicit"
    return None


def _refresh(client: Client, _tenant: Tenant) -> str | None:
    if client.grant_types == {"refresh_token"}:
        return "the grant type refresh_token needs another grant type beside it"
    return None


def _keys(client: Client, _tenant: Tenant) -> str | None:
    """RFC 7591 §2, RFC 7523 §3: what is verified with the client's keys needs them."""
    if client.jwks is not None and client.jwks_uri is not None:
        return "jwks and jwks_uri must not both be given"
    if client.jwks is not None or client.jwks_uri is not None:
        return None
    if client.token_endpoint_auth_method in {"private_key_jwt", "self_signed_tls_client_auth"}:
        return f"token_endpoint_auth_method {client.token_endpoint_auth_method} needs jwks or jwks_uri"
    signing = client.request_object_signing_alg
    if client.require_signed_request_object if signing is None else signing not in {"none", *_HMAC}:
        return "signed request objects need jwks or jwks_uri"
    if client.backchannel_authentication_request_signing_alg is not None:
        return "backchannel_authentication_request_signing_alg needs jwks or jwks_uri"
    return None


def _encryption(client: Client, _tenant: Tenant) -> str | None:
    """OIDC Registration §2: an `enc` needs its `alg`, and what we encrypt needs the client's keys."""
    for name in _ENCRYPTED:
        alg, enc = getattr(client, f"{name}_alg"), getattr(client, f"{name}_enc")
        if enc is not None and alg is None:
            return f"{name}_enc needs {name}_alg"
        if alg is not None and name.endswith("response") and client.jwks is None and client.jwks_uri is None:
            return f"{name}_alg needs jwks or jwks_uri"
    return None


def _hmac(client: Client, _tenant: Tenant) -> str | None:
    """OIDC Core §10.1: a MAC is keyed by the client's secret, so there must be one."""
    if client.token_endpoint_auth_method in SECRET_METHODS:
        return None
    for name in _SIGNED:
        if (alg := getattr(client, name)) in _HMAC:
            return f"{name} {alg} needs a client that authenticates with a secret"
    return None


def _assertion_alg(client: Client, _tenant: Tenant) -> str | None:
    alg, method = client.token_endpoint_auth_signing_alg, client.token_endpoint_auth_method
    if alg is None:
        return None
    if method not in {"client_secret_jwt", "private_key_jwt"}:
        return f"token_endpoint_auth_signing_alg has no meaning with {method}"
    if (alg in _HMAC) is not (method == "client_secret_jwt"):
        return f"token_endpoint_auth_signing_alg {alg} does not fit {method}"
    return None


def _certificate(client: Client, _tenant: Tenant) -> str | None:
    """RFC 8705 §2.1.2: exactly one way to name the subject."""
    given = [name for name in _SUBJECTS if getattr(client, f"tls_client_auth_{name}")]
    if client.token_endpoint_auth_method == "tls_client_auth" and len(given) != 1:
        return "tls_client_auth needs exactly one of the tls_client_auth_* members"
    if client.token_endpoint_auth_method != "tls_client_auth" and given:
        return f"tls_client_auth_{given[0]} has no meaning without token_endpoint_auth_method tls_client_auth"
    for member in (f"tls_client_auth_{name}" for name in given):
        if not is_subject(member, getattr(client, member)):
            return f"{member} is malformed, or a pattern: a subject is named in full"
    return None


_BROWSER_GRANTS = frozenset({"authorization_code", "refresh_token"})
_BINDABLE = {
    "cookie": (_BROWSER_GRANTS, "authorization_code"),
    "sso-session": (_BROWSER_GRANTS, "authorization_code"),
    "device-flow": (frozenset({DEVICE_CODE, "refresh_token"}), DEVICE_CODE),
}


def _binding(client: Client, _tenant: Tenant) -> str | None:
    """A binding that a grant cannot make is refused, not left out in silence (attack row TB-11)."""
    said = client.settings.token_binding_type
    fixed = {
        "dpop": client.dpop_bound_access_tokens,
        "certificate": client.tls_client_certificate_bound_access_tokens,
    }
    if all(fixed.values()):
        return "dpop_bound_access_tokens excludes tls_client_certificate_bound_access_tokens"
    for name, wanted in fixed.items():
        if wanted and said not in {None, name}:
            return f"limen_token_binding_type {said} contradicts {name}-bound access tokens"
    if said not in _BINDABLE:
        return None
    allowed, needed = _BINDABLE[said]
    if needed not in client.grant_types or client.grant_types - allowed:
        return f"limen_token_binding_type {said} is for {needed} alone or with refresh_token"
    return None


def _ciba(client: Client, _tenant: Tenant) -> str | None:
    """CIBA Core §4."""
    mode, uses = client.backchannel_token_delivery_mode, CIBA in client.grant_types
    if uses and mode is None:
        return "the grant type of CIBA needs backchannel_token_delivery_mode"
    if mode in {"ping", "push"} and client.backchannel_client_notification_endpoint is None:
        return f"delivery mode {mode} needs backchannel_client_notification_endpoint"
    return None


def _pairwise(client: Client, _tenant: Tenant) -> str | None:
    """OIDC Core §8.1: one sector for all redirect URIs."""
    hosts = {urlsplit(uri).hostname for uri in client.redirect_uris}
    if client.subject_type == "pairwise" and client.sector_identifier_uri is None and len(hosts) > 1:
        return "redirect_uris on several hosts need sector_identifier_uri when subject_type is pairwise"
    return None


def _profile(client: Client, tenant: Tenant) -> str | None:
    return profile.refusal(client, tenant)


def _has_redirect(client: Client, _tenant: Tenant) -> str | None:
    if client.response_types and not client.redirect_uris:
        return "redirect_uris must name at least one address"
    return None


def _implicit_addresses(client: Client, tenant: Tenant) -> str | None:
    """OIDC Registration §2: tokens in the browser's address are not for plain http."""
    if client.application_type != "web" or "implicit" not in client.grant_types or tenant.development:
        return None
    for uri in client.redirect_uris:
        parts = urlsplit(uri)
        if parts.scheme != "https" or parts.hostname == "localhost":
            return "a web application with the implicit grant must use https, and not localhost"
    return None


RULES: tuple[Rule, ...] = (
    _public_clients, _legacy, _unsigned, _response_types, _refresh, _keys, _encryption, _hmac, _assertion_alg,
    _certificate, _binding, _ciba, _pairwise, _profile,
)  # fmt: skip
REDIRECT_RULES: tuple[Rule, ...] = (_has_redirect, _implicit_addresses)
