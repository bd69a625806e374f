"""Verify a software statement with the keys of an issuer the tenant trusts (RFC 7591 §2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limen.errors import InvalidSoftwareStatement, UnapprovedSoftwareStatement
from limen.model.tenant import Tenant, TrustedIssuer
from limen.ports.keys import Jose
from limen.ports.outbound import Fetcher, FetchError
from limen.ports.world import Clock
from limen.protocol.software_statement import TYPES, refusal

_JWKS_LIMIT = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareStatements:
    """Knows nobody but the tenant's statement_issuers."""

    jose: Jose
    fetcher: Fetcher
    clock: Clock

    async def read(self, tenant: Tenant, statement: str) -> Mapping[str, Any]:
        """Return the claims; refuse with InvalidSoftwareStatement or UnapprovedSoftwareStatement."""
        unverified = self.jose.peek(statement)
        if unverified is None:
            raise InvalidSoftwareStatement("software_statement is not a signed JWT")
        issuers = tenant.registration.statement_issuers
        issuer = next((i for i in issuers if i.issuer == unverified.get("iss")), None)
        if issuer is None:
            raise UnapprovedSoftwareStatement("software_statement is of an issuer nobody approved here")
        claims = await self._verified(issuer, statement)
        if claims is None:
            raise InvalidSoftwareStatement("software_statement has no valid signature of its issuer")
        if reason := refusal(claims, issuer, tenant, self.clock.now()):
            raise InvalidSoftwareStatement(f"software_statement is not acceptable: {reason}")
        return claims

    async def _verified(self, issuer: TrustedIssuer, statement: str) -> Mapping[str, Any] | None:
        """Try the keys at hand; when none fits, those the issuer publishes now."""
        for fresh in (False, True):
            jwks = await self._jwks(issuer, fresh=fresh)
            claims = self.jose.verify(statement, jwks, algs=issuer.algorithms, typs=TYPES)
            if claims is not None or issuer.jwks is not None:
                return claims
        return None

    async def _jwks(self, issuer: TrustedIssuer, *, fresh: bool) -> Mapping[str, Any]:
        if issuer.jwks is not None or issuer.jwks_uri is None:
            return issuer.jwks or {"keys": []}
        try:
            document = await self.fetcher.json(issuer.jwks_uri, limit=_JWKS_LIMIT, fresh=fresh)
        except FetchError:
            return {"keys": []}
        return document if isinstance(document, dict) else {"keys": []}
