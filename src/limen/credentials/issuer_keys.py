"""Verify a JWT with the keys of the issuer it names: registered, or fetched (RFC 7517, RFC 8725 §3.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from limen.model.tenant import TrustedIssuer
from limen.ports.keys import Jose
from limen.ports.outbound import Fetcher
from limen.ports.world import Clock
from limen.protocol.seldom import Seldom

_LIMIT = 131_072
_NONE: Mapping[str, Any] = {"keys": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKeys:
    """Whom a tenant trusts with what is the caller's to know."""

    jose: Jose
    fetcher: Fetcher
    clock: Clock
    seldom: Seldom = field(default_factory=Seldom)

    async def verified(
        self, issuer: TrustedIssuer, token: str, *, typs: Sequence[str | None]
    ) -> dict[str, Any] | None:
        """Return the claims, or None when no key of the issuer signed them; FetchError without its keys."""
        if issuer.jwks is not None or issuer.jwks_uri is None:
            return self.jose.verify(token, issuer.jwks or _NONE, algs=issuer.algorithms, typs=typs)
        claims = self.jose.verify(
            token, await self._fetch(issuer.jwks_uri, fresh=False), algs=issuer.algorithms, typs=typs
        )
        if claims is not None or not self.seldom.may_ask(issuer.jwks_uri, self.clock.now()):
            return claims
        # Its keys may be newer than those at hand.
        newer = await self._fetch(issuer.jwks_uri, fresh=True)
        return self.jose.verify(token, newer, algs=issuer.algorithms, typs=typs)

    async def _fetch(self, url: str, *, fresh: bool) -> Mapping[str, Any]:
        document = await self.fetcher.json(url, limit=_LIMIT, fresh=fresh)
        return document if isinstance(document, dict) else _NONE
