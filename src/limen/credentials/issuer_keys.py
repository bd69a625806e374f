"""Verify a JWT with the keys of the issuer it names: registered, or fetched (RFC 7517, RFC 8725 §3.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from limen.model.tenant import TrustedIssuer
from limen.ports.keys import Jose
from limen.ports.outbound import Fetcher

_LIMIT = 131_072
_NONE: Mapping[str, Any] = {"keys": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKeys:
    """Whom a tenant trusts with what is the caller's to know."""

    jose: Jose
    fetcher: Fetcher

    async def verified(
        self, issuer: TrustedIssuer, token: str, *, typs: Sequence[str | None]
    ) -> dict[str, Any] | None:
        """Return the claims, or None when no key of the issuer signed them; FetchError without its keys."""
        # Its keys may be newer than those at hand.
        for fresh in (False, True):
            jwks = await self._jwks(issuer, fresh=fresh)
            claims = self.jose.verify(token, jwks, algs=issuer.algorithms, typs=typs)
            if claims is not None or issuer.jwks is not None:
                return claims
        return None

    async def _jwks(self, issuer: TrustedIssuer, *, fresh: bool) -> Mapping[str, Any]:
        if issuer.jwks is not None or issuer.jwks_uri is None:
            return issuer.jwks or _NONE
        document = await self.fetcher.json(issuer.jwks_uri, limit=_LIMIT, fresh=fresh)
        return document if isinstance(document, dict) else _NONE
