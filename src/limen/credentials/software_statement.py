"""Verify a software statement with the keys of an issuer the tenant trusts (RFC 7591 §2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limen.credentials.issuer_keys import IssuerKeys
from limen.errors import InvalidSoftwareStatement, UnapprovedSoftwareStatement
from limen.model.tenant import Tenant
from limen.ports.keys import Jose
from limen.ports.outbound import FetchError
from limen.ports.world import Clock
from limen.protocol.software_statement import TYPES, refusal

_UNSIGNED = "software_statement has no valid signature of its issuer"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareStatements:
    """Knows nobody but the tenant's statement_issuers."""

    jose: Jose
    issuer_keys: IssuerKeys
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
        try:
            claims = await self.issuer_keys.verified(issuer, statement, typs=TYPES)
        except FetchError:
            raise InvalidSoftwareStatement(
                _UNSIGNED, detail="the issuer's keys could not be fetched"
            ) from None
        if claims is None:
            raise InvalidSoftwareStatement(_UNSIGNED)
        if reason := refusal(claims, issuer, tenant, self.clock.now()):
            raise InvalidSoftwareStatement(f"software_statement is not acceptable: {reason}")
        return claims
