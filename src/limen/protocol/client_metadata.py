"""Registration metadata to Client and back, for every door (RFC 7591 §2, OIDC Registration §2).

Extensions: RFC 8705 §2.1 and §3.4, RFC 9101 §10.5, RFC 9126 §6, RFC 9396 §10, RFC 9449 §5.2, RFC 9701 §6,
JARM §3, CIBA §4, and Limen's settings under the prefix `limen_`.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import structs

from limen.errors import InvalidClientMetadata
from limen.model.client import Client
from limen.model.scope import Scope
from limen.model.tenant import Tenant
from limen.protocol import json_member as read
from limen.protocol import settings_metadata
from limen.protocol.algorithms import DEFAULT_ENC, ENCRYPTION_ALGS, ENCRYPTION_ENCS, HMAC_ALGS, SIGNING_ALGS
from limen.protocol.client_consistency import check
from limen.protocol.redirect_uri import check_registered
from limen.protocol.registered_values import AUTH_METHODS, GRANT_TYPES
from limen.protocol.response_type import RESPONSE_TYPES
from limen.protocol.settings_metadata import PREFIX

_BY_WORDS = {frozenset(known.split()): known for known in RESPONSE_TYPES}

_LANGUAGE = re.compile(r"client_name#([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)")
_REDIRECT_LIMIT = 50

Reader = Callable[[str, Any], Any]


def _address(tenant: Tenant) -> Reader:
    return lambda name, value: read.address(name, value, development=tenant.development)


def _request_uris(tenant: Tenant) -> Reader:
    def reader(name: str, value: Any) -> tuple[str, ...]:
        items = read.texts(name, value)
        return tuple(read.address(name, i, development=tenant.development, fragment=True) for i in items)

    return reader


def _redirects(tenant: Tenant, application_type: Any) -> Reader:
    """RFC 6749 §3.1.2: both kinds of return addresses obey one rule."""

    def reader(name: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, list) and len(value) > _REDIRECT_LIMIT:
            raise InvalidClientMetadata(f"{name} must hold at most {_REDIRECT_LIMIT} addresses")
        uris = tuple(value) if isinstance(value, list) and all(isinstance(v, str) for v in value) else ()
        for uri in uris:  # before the strings' own rules, so that the refusal is invalid_redirect_uri
            check_registered(
                uri,
                application_type="native" if application_type == "native" else "web",
                require_https=tenant.require_https_redirect,
            )
        return read.texts(name, value)

    return reader


def _grant_types(name: str, value: Any) -> frozenset[str]:
    return frozenset(read.one_of(name, item, GRANT_TYPES) for item in read.texts(name, value))


def _response_types(name: str, value: Any) -> tuple[str, ...]:
    """Multiple Response Types §3: the order of the words does not matter."""
    known = [_BY_WORDS.get(frozenset(item.split())) for item in read.texts(name, value)]
    return tuple(dict.fromkeys(read.one_of(name, item, RESPONSE_TYPES) for item in known))


_SIGNED = read.choice(*SIGNING_ALGS, *HMAC_ALGS)
_SIGNED_OR_NONE = read.choice(*SIGNING_ALGS, *HMAC_ALGS, "none")
_ALG, _ENC = read.choice(*ENCRYPTION_ALGS), read.choice(*ENCRYPTION_ENCS)

_PLAIN: Mapping[str, Reader] = {
    "client_name": read.text,
    "contacts": read.texts,
    "software_id": read.text,
    "software_version": read.text,
    "software_statement": read.statement,
    "application_type": read.choice("web", "native"),
    "grant_types": _grant_types,
    "response_types": _response_types,
    "scope": read.scope,
    "default_max_age": read.whole,
    "require_auth_time": read.flag,
    "default_acr_values": read.texts,
    "authorization_details_types": read.texts,
    "token_endpoint_auth_method": read.choice(*AUTH_METHODS),
    "token_endpoint_auth_signing_alg": _SIGNED,
    "tls_client_auth_subject_dn": read.text,
    "tls_client_auth_san_dns": read.text,
    "tls_client_auth_san_uri": read.text,
    "tls_client_auth_san_ip": read.text,
    "tls_client_auth_san_email": read.text,
    "tls_client_certificate_bound_access_tokens": read.flag,
    "dpop_bound_access_tokens": read.flag,
    "jwks": read.jwk_set,
    "subject_type": read.choice("public", "pairwise"),
    "id_token_signed_response_alg": _SIGNED_OR_NONE,
    "id_token_encrypted_response_alg": _ALG,
    "id_token_encrypted_response_enc": _ENC,
    "userinfo_signed_response_alg": _SIGNED,
    "userinfo_encrypted_response_alg": _ALG,
    "userinfo_encrypted_response_enc": _ENC,
    "authorization_signed_response_alg": _SIGNED,
    "authorization_encrypted_response_alg": _ALG,
    "authorization_encrypted_response_enc": _ENC,
    "introspection_signed_response_alg": _SIGNED,
    "introspection_encrypted_response_alg": _ALG,
    "introspection_encrypted_response_enc": _ENC,
    "request_object_signing_alg": _SIGNED_OR_NONE,
    "request_object_encryption_alg": _ALG,
    "request_object_encryption_enc": _ENC,
    "require_signed_request_object": read.flag,
    "require_pushed_authorization_requests": read.flag,
    "backchannel_token_delivery_mode": read.choice("poll", "ping", "push"),
    "backchannel_authentication_request_signing_alg": read.choice(*SIGNING_ALGS),
    "backchannel_user_code_parameter": read.flag,
}
_ADDRESSES = (
    "client_uri", "logo_uri", "policy_uri", "tos_uri", "initiate_login_uri", "jwks_uri",
    "sector_identifier_uri", "backchannel_client_notification_endpoint",
)  # fmt: skip
_REDIRECTS = ("redirect_uris", "post_logout_redirect_uris")
_OPERATOR = {f"{PREFIX}enabled": "enabled", f"{PREFIX}first_party": "first_party"}
_MEMBERS = (*_REDIRECTS, *_PLAIN, *_ADDRESSES, "request_uris")
# Members of answers, which a client or a file may send back to us (RFC 7592 §2.2).
ANSWERED = frozenset(
    {"client_id", "client_secret", "client_secret_expires_at", "client_id_issued_at"}
    | {"registration_access_token", "registration_client_uri"}
)


def read_metadata(document: Mapping[str, Any], *, tenant: Tenant, base: Client | None = None) -> Client:
    """Read what a client says of itself; members it may not set are ignored and keep what `base` has."""
    client = _read(document, tenant=tenant, base=base, may=_is_harmless)
    if tenant.registration.scopes is not None:  # RFC 7591 §2: the server may replace what was asked
        asked = (
            tenant.registration.scopes
            if client.scope is None
            else client.scope & set(tenant.registration.scopes)
        )
        client = structs.replace(client, scope=Scope(asked))
    check(client, tenant)
    return client


def read_administered(document: Mapping[str, Any], *, tenant: Tenant, base: Client | None = None) -> Client:
    """Read what an operator says of a client; every setting may be set and an unknown member is refused."""
    for name in document:
        if name not in MEMBER_NAMES and not _LANGUAGE.fullmatch(name):
            raise InvalidClientMetadata(
                f"{name[:64]!a} is not a member of client metadata{did_you_mean(name)}"
            )
    client = _read(document, tenant=tenant, base=base, may=lambda _name, _value: True)
    own: dict[str, Any] = {
        field: read.flag(member, document[member])
        for member, field in _OPERATOR.items()
        if document.get(member) is not None
    }
    client = structs.replace(client, **own)
    check(client, tenant)
    return client


MEMBER_NAMES = frozenset(
    (*_MEMBERS, *_OPERATOR, *ANSWERED, *(PREFIX + name for name in settings_metadata.NAMES))
)


def did_you_mean(name: str, known: frozenset[str] = MEMBER_NAMES) -> str:
    """Return `; did you mean …?` when a known name is close, else nothing."""
    near = difflib.get_close_matches(
        name, sorted(known | {k.removeprefix(PREFIX) for k in known}), n=1, cutoff=0.75
    )
    if not near:
        return ""
    return f"; did you mean {near[0] if near[0] in known else PREFIX + near[0]}?"


# What a client may decide of itself without weakening what its tenant decided.
_HARMLESS = frozenset(
    {"access_token_format", "access_token_signing_alg", "access_token_scope_as_array", "claims_in_id_token"}
    | {"allowed_cors_origins"}
)
# The others bind to less than a proof, which the tenant may demand.
_PROVEN = frozenset({"dpop", "certificate"})


def _is_harmless(name: str, value: Any) -> bool:
    if name == "token_binding_type":
        return isinstance(value, str) and value in _PROVEN
    return name in _HARMLESS or (name == "revoke_tokens_on_logout" and value is True)


def _read(
    document: Mapping[str, Any], *, tenant: Tenant, base: Client | None, may: Callable[[str, Any], bool]
) -> Client:
    readers = {name: _reader(name, tenant, document) for name in _MEMBERS}
    said = {  # RFC 7592 §2.2: null means left out
        name: reader(name, document[name])
        for name, reader in readers.items()
        if document.get(name) is not None
    }
    said |= _flows(said) | _encryption(said)
    said["client_names"] = {
        tag[1]: read.text(name, value)
        for name, value in document.items()
        if value is not None and (tag := _LANGUAGE.fullmatch(name))
    }
    start = base or Client(tenant_id=tenant.tenant_id, client_id="")
    said["settings"] = settings_metadata.read_settings(document, prefix=PREFIX, base=start.settings, may=may)
    kept = {name: getattr(start, name) for name in _KEPT}
    return Client(**kept, **said)


_KEPT = tuple(
    name for name in Client.__struct_fields__ if name not in {*_MEMBERS, "client_names", "settings"}
)


def _reader(name: str, tenant: Tenant, document: Mapping[str, Any]) -> Reader:
    if name in _REDIRECTS:
        return _redirects(tenant, document.get("application_type"))
    if name == "request_uris":
        return _request_uris(tenant)
    return _PLAIN.get(name) or _address(tenant)


def _flows(said: Mapping[str, Any]) -> dict[str, Any]:
    """Where only one of the two is given, the other follows (RFC 7591 §2.1)."""
    grants, types = said.get("grant_types"), said.get("response_types")
    if grants is not None and types is None:
        return {"response_types": ("code",) if "authorization_code" in grants else ()}
    if types is not None and grants is None:
        words = {word for known in types for word in known.split()}
        needed = {"authorization_code": words & {"code", "none"}, "implicit": words & {"token", "id_token"}}
        return {"grant_types": frozenset(grant for grant, cause in needed.items() if cause)}
    return {}


def _encryption(said: Mapping[str, Any]) -> dict[str, Any]:
    """OIDC Registration §2: without an `enc`, an `alg` means A128CBC-HS256."""
    pairs = (
        (name, name.removesuffix("alg") + "enc")
        for name in said
        if name.endswith(("response_alg", "encryption_alg"))
    )
    return {enc: DEFAULT_ENC for _alg, enc in pairs if enc in _PLAIN and enc not in said}


_UNSAID = Client(tenant_id="", client_id="")  # what a document that says nothing leaves


def write_metadata(client: Client) -> dict[str, Any]:
    """Return the metadata as registered; reading it again gives the same client."""
    document: dict[str, Any] = {}
    for name in _MEMBERS:
        value = getattr(client, name)
        if value is None or (value in ("", ()) and value == getattr(_UNSAID, name)):
            continue
        document[name] = _written(value)
    document |= {f"client_name#{tag}": name for tag, name in client.client_names.items()}
    document |= {member: getattr(client, field) for member, field in _OPERATOR.items()}
    return document | settings_metadata.write_settings(client.settings, prefix=PREFIX)


def _written(value: Any) -> Any:
    match value:
        case Scope():
            return str(value)
        case frozenset():
            return sorted(value)
        case tuple():
            return list(value)
        case _:
            return value
