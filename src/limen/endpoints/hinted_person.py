"""Find whom a backchannel authentication request speaks of (CIBA Core §7.1, §7.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from limen.client_auth.base import Authenticated
from limen.credentials.turns import Turns
from limen.errors import (
    InvalidRequest,
    InvalidUserCode,
    MissingUserCode,
    TooManyRequests,
    UnknownUserId,
)
from limen.model.client import Client
from limen.model.person import Person
from limen.model.tenant import Tenant
from limen.ports.passwords import Passwords
from limen.ports.storage import Count, Storage
from limen.ports.world import Clock
from limen.protocol.backchannel_request import BackchannelAuthenticationRequest
from limen.protocol.throttling import Limit, wait_for
from limen.tokens.id_token import IdTokens
from limen.tokens.id_token_hint import IdTokenHints
from limen.tokens.jti import jti_parts

_CODES = Limit(free=5, first_delay=60, longest_delay=900, window=900)


@dataclass(frozen=True, slots=True, kw_only=True)
class HintedPeople:
    """A name, a sub or an ID token of ours; who has a user code is asked only by apps that know it."""

    storage: Storage
    hints: IdTokenHints
    id_tokens: IdTokens
    passwords: Passwords
    clock: Clock
    _turns: Turns = field(default_factory=Turns)

    async def find(
        self, request: BackchannelAuthenticationRequest, by: Authenticated, tenant: Tenant
    ) -> Person:
        """Return the person, or refuse as CIBA Core §13 says."""
        person = await self._named(request, by, tenant)
        if person is None or not person.enabled:
            raise UnknownUserId("the hint names nobody here")
        if by.client.backchannel_user_code_parameter and person.user_code_hash is not None:
            await self._check_code(request.user_code, person)
        return person

    async def _named(
        self, request: BackchannelAuthenticationRequest, by: Authenticated, tenant: Tenant
    ) -> Person | None:
        if request.login_hint_token is not None:
            raise InvalidRequest("login_hint_token is not supported")
        if request.id_token_hint is not None:
            claims = self.hints.read(tenant, by.client, request.id_token_hint)
            if claims is None:
                raise InvalidRequest("id_token_hint is not an ID token of this issuer")
            return await self._meant(claims, by.client, tenant)
        hint = request.login_hint or ""
        person = await self.storage.person(tenant.tenant_id, hint)
        return person or await self.storage.person_named(tenant.tenant_id, hint)

    async def _meant(self, claims: Mapping[str, Any], client: Client, tenant: Tenant) -> Person | None:
        """Return whom an ID token speaks of; its grant tells, where the client has subjects of its own."""
        sub = str(claims.get("sub"))
        if client.subject_type != "pairwise":
            return await self.storage.person(tenant.tenant_id, sub)
        _, grant_id = jti_parts(str(claims.get("jti", "")))
        standing = await self.storage.standing(tenant.tenant_id, grant_id or "")
        if standing is None or self.id_tokens.subject(tenant, client, standing.grant.sub) != sub:
            return None
        return standing.person

    async def _check_code(self, code: str | None, person: Person) -> None:
        """CIBA Core §7.1: the code keeps strangers' requests away, so guessing it is slow."""
        if code is None:
            raise MissingUserCode("user_code is missing")
        async with self._turns.of(person.tenant_id, person.sub):
            await self._compare(code, person)

    async def _compare(self, code: str, person: Person) -> None:
        now, bucket = self.clock.now(), f"user-code:{person.sub}"
        if wait := wait_for(await self.storage.throttle(person.tenant_id, bucket), _CODES, now):
            raise TooManyRequests("too many wrong user codes", retry_after=wait)
        if not await self.passwords.verify(code, person.user_code_hash):
            await self.storage.commit(
                Count(tenant_id=person.tenant_id, bucket=bucket, now=now, window=_CODES.window)
            )
            raise InvalidUserCode("user_code is wrong")
