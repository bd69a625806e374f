"""A tenant: one issuer with its own people, applications, keys and settings."""

from collections.abc import Mapping
from typing import Any

import msgspec

from limen.model.scope import STANDARD_CLAIMS, STANDARD_SCOPES, ClaimDefinition, ScopeDefinition
from limen.model.settings import Settings


class TrustedIssuer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A foreign issuer whose JWTs are taken as assertions or subject tokens (RFC 7523, RFC 8693)."""

    issuer: str
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    audience: str | None = None  # None: this tenant's issuer
    subjects: str = "person"  # person: sub must name one of ours; foreign: issuer-qualified subject
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "EdDSA")


class Resource(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A protected API: its identifier is an audience (RFC 8707) and its scopes may be asked for."""

    resource: str
    name: str = ""
    scopes: tuple[str, ...] = ()


class DetailType(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A type of authorization_details (RFC 9396) with the words consent shows for it."""

    type: str
    display_name: str = ""
    template: str = ""  # text with {field} placeholders
    required: tuple[str, ...] = ()


class InitialAccess(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An initial access token of dynamic registration (RFC 7591 §3), stored as a digest."""

    token_id: str
    digest: str
    expires_at: int = 0
    remaining: int | None = None


class Registration(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who may register clients: mode is closed, token, statement or open."""

    mode: str = "closed"
    initial_access: tuple[InitialAccess, ...] = ()
    statement_issuers: tuple[TrustedIssuer, ...] = ()
    scopes: tuple[str, ...] | None = None
    hourly_limit: int = 100
    unused_days: int = 30
    client_id_documents: bool = False


class Tenant(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One issuer. `name` is its path segment under /t/, empty for the root tenant."""

    tenant_id: str
    name: str
    issuer: str
    display_name: str = ""
    enabled: bool = True
    settings: Settings = Settings()
    legacy: frozenset[str] = frozenset()  # of: implicit, password, plain_pkce, alg_none
    scopes: tuple[ScopeDefinition, ...] = STANDARD_SCOPES
    claims: tuple[ClaimDefinition, ...] = STANDARD_CLAIMS
    resources: tuple[Resource, ...] = ()
    detail_types: tuple[DetailType, ...] = ()
    trusted_issuers: tuple[TrustedIssuer, ...] = ()
    registration: Registration = Registration()
    require_pushed_authorization_requests: bool = False
    require_https_redirect: bool = True
    webfinger_requires_auth: bool = False
    session_lifetime: int = 43_200
    session_idle_lifetime: int = 1_800
    support_url: str | None = None
    privacy_url: str | None = None
    terms_url: str | None = None
    development: bool = False  # made by `limen dev`; `limen serve` refuses it
    not_before: int = 0
    created_at: int = 0
    updated_at: int = 0
    revision: int = 1
    labels: Mapping[str, str] = msgspec.field(
        default_factory=dict
    )  # the operator's own notes; nothing reads them
