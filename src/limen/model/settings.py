"""Settings that may be left to the layer above: client, organization, tenant, server.

`None` means "as the layer above says"; `limen.protocol.policy.effective` resolves them into one
`Policy`. Every lifetime is in seconds. On the wire each name carries the prefix `limen_`.
"""

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one layer has to say; the docstrings of `limen.protocol.policy.Policy` tell what each means."""

    access_token_lifetime: int | None = None
    app_access_token_lifetime: int | None = None
    authorization_code_lifetime: int | None = None
    id_token_lifetime: int | None = None
    refresh_token_lifetime: int | None = None
    refresh_token_idle_lifetime: int | None = None
    par_lifetime: int | None = None
    device_code_lifetime: int | None = None
    device_code_interval: int | None = None
    ciba_lifetime: int | None = None
    ciba_interval: int | None = None
    access_token_format: str | None = None
    access_token_signing_alg: str | None = None
    access_token_audience: tuple[str, ...] | None = None
    access_token_claims: tuple[str, ...] | None = None
    access_token_scope_as_array: bool | None = None
    token_binding_type: str | None = None
    validate_token_binding: bool | None = None
    revoke_tokens_on_logout: bool | None = None
    require_dpop_nonce: bool | None = None
    require_pkce: bool | None = None
    allow_plain_pkce: bool | None = None
    refresh_token_rotation: bool | None = None
    refresh_token_grace: int | None = None
    extend_renewed_refresh_token: bool | None = None
    require_offline_access: bool | None = None
    id_token_audience: tuple[str, ...] | None = None
    claims_in_id_token: bool | None = None
    consent: str | None = None
    consent_lifetime: int | None = None
    allow_introspection: bool | None = None
    allow_revocation: bool | None = None
    allowed_cors_origins: tuple[str, ...] | None = None
    assertion_audience: str | None = None
    allow_assertion_reuse: bool | None = None
    unknown_scope: str | None = None
    restricted_scopes: tuple[str, ...] | None = None
    security_profile: str | None = None
    clock_skew: int | None = None
    exchange_audiences: tuple[str, ...] | None = None
    exchange_clients: tuple[str, ...] | None = None
    exchange_impersonation: bool | None = None
