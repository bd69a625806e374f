"""ID tokens that come back as a hint (OIDC Core §3.1.2.1, RP-Initiated Logout §2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.ports.keys import Jose, Keys
from limen.protocol.algorithms import ENCRYPTION_ALGS, ENCRYPTION_ENCS, HMAC_ALGS
from limen.tokens.hmac_secret import hmac_secrets, keyed_claims

_JWE_DOTS = 4


@dataclass(frozen=True, slots=True)
class IdTokenHints:
    """Reads what this issuer signed, whatever its date; clients may send it encrypted to us."""

    keys: Keys
    jose: Jose

    def read(self, tenant: Tenant, client: Client | None, hint: str) -> dict[str, Any] | None:
        """Return the claims of an ID token of this issuer, or None."""
        if hint.count(".") == _JWE_DOTS:
            plain = self.keys.decrypt(tenant.tenant_id, hint, algs=ENCRYPTION_ALGS, encs=ENCRYPTION_ENCS)
            hint = plain or ""
        claims = self.keys.verify(tenant.tenant_id, hint, typ="JWT") or self._keyed(client, hint)
        return claims if claims is not None and is_id_token(claims, tenant) else None

    def audience(self, hint: str) -> str | None:
        """Return whose ID token the hint says it is, which is not verified yet."""
        claims = self.jose.peek(hint) or {}
        audience = claims.get("azp") or claims.get("aud")
        return audience if isinstance(audience, str) else None

    def _keyed(self, client: Client | None, hint: str) -> dict[str, Any] | None:
        """OIDC Core §10.1: by the secret of a client whose ID tokens have a MAC."""
        if client is None or client.id_token_signed_response_alg not in HMAC_ALGS:
            return None
        algs = (client.id_token_signed_response_alg,)
        return keyed_claims(hint, hmac_secrets(self.keys, client), jose=self.jose, algs=algs)


def is_id_token(claims: Mapping[str, Any], tenant: Tenant) -> bool:
    """Tell whether claims are an ID token's: userinfo and authorization responses are JWTs by us, too."""
    return claims.get("iss") == tenant.issuer and {"sub", "aud", "iat", "exp"} <= claims.keys()
