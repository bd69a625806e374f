"""Read the JWT of an issuer the tenant trusts, and find whom it speaks of (RFC 7523 §3, RFC 8693 §2.1)."""

from dataclasses import dataclass

from limen.credentials.issuer_keys import IssuerKeys
from limen.errors import InvalidGrant
from limen.model.person import Person
from limen.model.tenant import Tenant, TrustedIssuer
from limen.ports.keys import Jose
from limen.ports.outbound import FetchError
from limen.ports.storage import Storage
from limen.ports.world import Clock
from limen.protocol.trusted_assertion import TYPES, Assertion, accept

_REFUSED = "the assertion is not accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuers:
    """Every refusal is the same to the client; the operator's log has the reason."""

    storage: Storage
    jose: Jose
    issuer_keys: IssuerKeys
    clock: Clock

    async def read(self, tenant: Tenant, token: str, *, skew: int = 0) -> tuple[Assertion, TrustedIssuer]:
        """Return what an authentic, current assertion says; or InvalidGrant."""
        unverified = self.jose.peek(token) or {}
        issuer = next((t for t in tenant.trusted_issuers if t.issuer == unverified.get("iss")), None)
        if issuer is None:
            raise InvalidGrant(_REFUSED, detail="iss is no trusted issuer")
        try:
            claims = await self.issuer_keys.verified(issuer, token, typs=TYPES)
        except FetchError:
            raise InvalidGrant(_REFUSED, detail="the issuer's keys could not be fetched") from None
        if claims is None:
            raise InvalidGrant(_REFUSED, detail="no key of the issuer made the signature")
        accepted = accept(claims, issuer, tenant, self.clock.now(), skew=skew)
        if isinstance(accepted, str):
            raise InvalidGrant(_REFUSED, detail=accepted)
        return accepted, issuer

    async def person(self, tenant: Tenant, assertion: Assertion) -> Person:
        """Return the person the subject names, by sub or username; or InvalidGrant."""
        person = await self.storage.person(tenant.tenant_id, assertion.sub)
        if person is None:
            person = await self.storage.person_named(tenant.tenant_id, assertion.sub)
        if person is None or not person.enabled:
            raise InvalidGrant(_REFUSED, detail="sub names nobody who is enabled here")
        if assertion.iat < max(person.not_before, tenant.not_before):
            raise InvalidGrant(_REFUSED, detail="the person's or the tenant's tokens were ended since")
        return person
