"""Key records: material is an envelope only the master key opens."""

import msgspec


class Key(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One key of a tenant. `use`: sig, enc (JWK §4.2), seal (tokens), pairwise (subjects)."""

    tenant_id: str
    kid: str
    use: str
    alg: str  # RS256, PS256, ES256 …; RSA-OAEP-256, ECDH-ES …; A256GCMSIV; HS256
    state: str  # next, active, retiring, retired
    envelope: str  # base64 of the wrapped private key
    public_jwk: str | None = None  # JSON of the public JWK, None for symmetric keys
    created_at: int = 0
    activated_at: int = 0
    retired_at: int = 0
