"""Check a person's password, and make guessers wait (NIST SP 800-63B §3.2.2, RFC 6749 §4.3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from limen.credentials.known_device import KnownDevices, account
from limen.credentials.turns import Turns
from limen.model.person import Person
from limen.model.secret import Secret
from limen.model.tenant import Tenant
from limen.ports.passwords import Passwords
from limen.ports.storage import Change, Count, Forgive, Storage
from limen.ports.world import Clock
from limen.protocol.throttling import Limit, neighbourhood, wait_for

ACR = "urn:limen:acr:password"
AMR = ("pwd",)
_LONGEST = 1_024  # bytes of a password, checked before hashing
_ACCOUNT = Limit(free=5, first_delay=1, longest_delay=900, window=1_800)
_KNOWN_DEVICE = Limit(free=10, first_delay=60, longest_delay=900, window=900)
_SOURCE = Limit(free=30, first_delay=30, longest_delay=600, window=600)


class Attempt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A name and a password, where they come from, and the browser's mark of earlier sign-ins."""

    username: str
    password: Secret
    source: str
    device: str | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The person when all was right; else how long to wait before the next try (0: not at all).

    `forgiven` goes into the commit of what the right password was given for.
    """

    person: Person | None = None
    wait: int = 0
    forgiven: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """The same answer and the same time for a wrong password, an unknown name and a disabled person."""

    storage: Storage
    passwords: Passwords
    devices: KnownDevices
    clock: Clock
    _turns: Turns = field(default_factory=Turns)

    async def __call__(self, tenant: Tenant, attempt: Attempt, *, alone: bool = False) -> Outcome:
        """Check, and count what was wrong. `alone`: the password is the only proof there will be.

        Then somebody who has a second factor is refused as if the password were wrong, and nobody learns
        that it was right.
        """
        name, limit = self._account(tenant, attempt)
        buckets = {name: limit, f"source:{neighbourhood(attempt.source)}": _SOURCE}
        async with self._turns.of(tenant.tenant_id, name):
            if wait := await self._wait(tenant, buckets):
                return Outcome(wait=wait)
            person = await self._verified(tenant, attempt)
            if person is None or (alone and person.second_factor):
                await self._count(tenant, buckets)
                return Outcome()
        return Outcome(person=person, forgiven=(Forgive(tenant_id=tenant.tenant_id, bucket=name),))

    async def _verified(self, tenant: Tenant, attempt: Attempt) -> Person | None:
        password = attempt.password.reveal()
        person = await self.storage.person_named(tenant.tenant_id, attempt.username)
        if len(password.encode("utf-8", "surrogatepass")) > _LONGEST:
            return None
        right = await self.passwords.verify(password, person.password_hash if person is not None else None)
        if not right or person is None:
            return None
        # Hashing takes its time, and the password may have been changed meanwhile.
        current = await self.storage.person(tenant.tenant_id, person.sub)
        is_valid = current is not None and current.enabled and current.password_hash == person.password_hash
        return current if is_valid else None

    def _account(self, tenant: Tenant, attempt: Attempt) -> tuple[str, Limit]:
        """A browser that signed in before has its own bucket, so that strangers cannot lock its owner out."""
        name = account(attempt.username)
        device = self.devices.known(tenant.tenant_id, attempt.device, name)
        return (name, _ACCOUNT) if device is None else (f"known:{device}:{name}", _KNOWN_DEVICE)

    async def _wait(self, tenant: Tenant, buckets: Mapping[str, Limit]) -> int:
        now = self.clock.now()
        waits = [
            wait_for(await self.storage.throttle(tenant.tenant_id, name), limit, now)
            for name, limit in buckets.items()
        ]
        return max(waits, default=0)

    async def _count(self, tenant: Tenant, buckets: Mapping[str, Limit]) -> None:
        now = self.clock.now()
        await self.storage.commit(
            *(
                Count(tenant_id=tenant.tenant_id, bucket=name, now=now, window=limit.window)
                for name, limit in buckets.items()
            )
        )
