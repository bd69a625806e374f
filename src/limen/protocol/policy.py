"""Effective settings: client over organization over tenant over server (RFC 9700 for what is fixed)."""

import msgspec

from limen.model.client import Client
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.protocol.profile import OIDC, forced


class Policy(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Every setting resolved. Rooms read it and never ask who set it. Lifetimes are seconds."""

    access_token_lifetime: int = 3600
    """Life of a person's access token."""
    app_access_token_lifetime: int = 3600
    """Life of an access token a client gets for itself."""
    authorization_code_lifetime: int = 60
    """Life of an authorization code."""
    id_token_lifetime: int = 3600
    """Life of an ID token."""
    refresh_token_lifetime: int = 86_400
    """Life of a refresh token, from its issue."""
    refresh_token_idle_lifetime: int = 0
    """A refresh token unused for so long dies; 0: no idle limit."""
    par_lifetime: int = 60
    """Life of a pushed authorization request."""
    device_code_lifetime: int = 600
    """Life of a device code."""
    device_code_interval: int = 5
    """Shortest time between polls of a device."""
    ciba_lifetime: int = 300
    """Life of a backchannel authentication request."""
    ciba_interval: int = 5
    """Shortest time between polls of a CIBA client."""
    access_token_format: str = "opaque"
    """opaque (sealed), jwt (RFC 9068) or reference (a row)."""
    access_token_signing_alg: str = "ES256"
    """Signature of JWT access tokens."""
    access_token_audience: tuple[str, ...] = ()
    """Audience of access tokens when no resource is asked for; empty: the issuer."""
    access_token_claims: tuple[str, ...] = ()
    """Claims of the person that JWT access tokens carry."""
    access_token_scope_as_array: bool = False
    """Write scope as a JSON array in JWT access tokens."""
    token_binding_type: str = "none"
    """none, cookie, sso-session, certificate, device-flow, client-request or dpop."""
    validate_token_binding: bool = True
    """Refuse a bound token that comes without its proof."""
    revoke_tokens_on_logout: bool = False
    """End this client's tokens of the session when the person signs out."""
    require_dpop_nonce: bool = False
    """A DPoP proof must carry a nonce of ours (RFC 9449 §8)."""
    require_pkce: bool = True
    """An authorization request must carry a code_challenge (RFC 7636)."""
    allow_plain_pkce: bool = False
    """Accept code_challenge_method=plain."""
    refresh_token_rotation: bool = False
    """Issue a new refresh token at each use."""
    refresh_token_grace: int = 10
    """For so long a rotated refresh token yields the same successor again."""
    extend_renewed_refresh_token: bool = True
    """A rotated refresh token gets a full lifetime; otherwise it keeps the first deadline."""
    require_offline_access: bool = False
    """Issue refresh tokens only with the scope offline_access."""
    id_token_audience: tuple[str, ...] = ()
    """Further audiences of ID tokens after the client_id."""
    claims_in_id_token: bool = False
    """Put the claims of scopes in ID tokens even where userinfo can be asked."""
    consent: str = "ask"
    """ask, or trusted (never ask)."""
    consent_lifetime: int = 0
    """How long consent is remembered; 0: until it is withdrawn."""
    allow_introspection: bool = False
    """The client may ask the introspection endpoint about any token of its tenant, unless it is public."""
    allow_revocation: bool = True
    """The client may ask the revocation endpoint."""
    allowed_cors_origins: tuple[str, ...] = ()
    """Browser origins that may call token, userinfo and revocation for this client."""
    assertion_audience: str = "issuer"
    """What `aud` a client assertion must have: issuer, or endpoint (issuer or an endpoint's URL)."""
    allow_assertion_reuse: bool = False
    """Let one client assertion be used until it expires."""
    unknown_scope: str = "drop"
    """What to do with a scope the client may not have: drop or reject."""
    restricted_scopes: tuple[str, ...] = ()
    """Scopes the client may not have."""
    security_profile: str = "oidc"
    """oidc, oauth21, fapi1-advanced, fapi2-security, fapi2-message-signing or fapi-ciba."""
    clock_skew: int = 0
    """By how much clients' and trusted issuers' clocks may differ, 10 at least; our tokens live no longer."""
    exchange_audiences: tuple[str, ...] = ()
    """Audiences a token exchange may target."""
    exchange_clients: tuple[str, ...] = ()
    """Clients whose tokens this client may exchange; its own always."""
    exchange_impersonation: bool = False
    """Exchange without an actor may act as the subject for another client's audience."""


NOTHING = Settings()
_MOST_KNOWN = 10_000
_NAMES = Policy.__struct_fields__


def effective(
    tenant: Tenant, client: Client, server: Settings = NOTHING, *, organization: Settings = NOTHING
) -> Policy:
    """Resolve each setting from the first layer that has an opinion, then apply what may not be relaxed.

    `organization` is what the organization within the tenant says, for which the client acts.
    """
    layers = (client.settings, organization, tenant.settings, server)
    said = {
        name: value
        for name in _NAMES
        if (value := next((v for layer in layers if (v := getattr(layer, name)) is not None), None))
        is not None
    }
    if client.dpop_bound_access_tokens:
        said["token_binding_type"] = "dpop"
    elif client.tls_client_certificate_bound_access_tokens:
        said["token_binding_type"] = "certificate"
    said |= forced(str(said.get("security_profile", OIDC)), said)
    if client.is_public:
        said |= _public(said)
    return Policy(**said)


class Policies:
    """Remembers what was resolved, as long as tenant and client are the very same records."""

    __slots__ = ("_known", "_server")

    def __init__(self, server: Settings | None = None) -> None:
        self._server = server or NOTHING
        self._known: dict[tuple[str, str], tuple[Tenant, Client, Policy]] = {}

    def of(self, tenant: Tenant, client: Client) -> Policy:
        """Return the effective policy of a client."""
        key = (tenant.tenant_id, client.client_id)
        known = self._known.get(key)
        if known is not None and known[0] is tenant and known[1] is client:
            return known[2]
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        policy = effective(tenant, client, self._server)
        self._known[key] = (tenant, client, policy)
        return policy


def _public(said: dict[str, object]) -> dict[str, object]:
    """RFC 9700 §2.1.1, §2.2.2: PKCE always; rotation unless refresh tokens are sender-constrained."""
    constrained = said.get("token_binding_type") in {"dpop", "certificate"}
    return {
        "require_pkce": True,
        "refresh_token_rotation": said.get("refresh_token_rotation", True) if constrained else True,
        "allow_introspection": False,
    }
