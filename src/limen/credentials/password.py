"""Check a person's password, and make guessers wait (NIST SP 800-63B §3.2.2, RFC 6749 §4.3.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from limen.credentials.crowds import Crowds
from limen.credentials.known_device import KnownDevices, account
from limen.credentials.turns import Turns
from limen.model.person import Person
from limen.model.secret import Secret
from limen.model.tenant import Tenant
from limen.ports.passwords import Passwords
from limen.ports.storage import Change, Count, Forgive, Storage, Unchanged
from limen.ports.world import Clock
from limen.protocol.throttling import Limit, neighbourhood, room_for, wait_for

ACR = "urn:limen:acr:password"
AMR = ("pwd",)
_LONGEST = 1_024  # bytes of a password, checked before hashing
_MONTH = 30 * 86_400
_ACCOUNT = Limit(free=5, first_delay=1, longest_delay=900, window=1_800)
_LASTING = Limit(free=100, first_delay=_MONTH, longest_delay=_MONTH, window=_MONTH)
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

    `changes` go into the commit of what the right password was given for, and before it: hashing takes its
    time, and the password may have been changed meanwhile.
    """

    person: Person | None = None
    wait: int = 0
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """The same answer and the same time for a wrong password, an unknown name and a disabled person."""

    storage: Storage
    passwords: Passwords
    devices: KnownDevices
    clock: Clock
    _turns: Turns = field(default_factory=Turns)
    _crowds: Crowds = field(default_factory=Crowds)

    async def __call__(self, tenant: Tenant, attempt: Attempt, *, alone: bool = False) -> Outcome:
        """Check, and count what was wrong. `alone`: the password is the only proof there will be.

        Then somebody who has a second factor is refused as if the password were wrong, and nobody learns
        that it was right.
        """
        name, own = self._account(tenant, attempt)
        source = f"source:{neighbourhood(attempt.source)}"
        buckets = {**own, source: _SOURCE}
        crowd = self._crowds.of(tenant.tenant_id, source)
        async with self._turns.of(tenant.tenant_id, name):
            if wait := await crowd.enter(lambda: self._judged(tenant, buckets, source)):
                return Outcome(wait=wait)
            try:
                person = await self._verified(tenant, attempt)
                if person is None or (alone and person.second_factor):
                    await self._count(tenant, buckets)
                    return Outcome()
            finally:
                crowd.leave()
        still = Unchanged(tenant_id=tenant.tenant_id, sub=person.sub, revision=person.revision)
        return Outcome(person=person, changes=(still, *_forgiven(tenant.tenant_id, own)))

    async def _verified(self, tenant: Tenant, attempt: Attempt) -> Person | None:
        password = attempt.password.reveal()
        person = await self.storage.person_named(tenant.tenant_id, attempt.username)
        if len(password.encode("utf-8", "surrogatepass")) > _LONGEST:
            return None
        right = await self.passwords.verify(password, person.password_hash if person is not None else None)
        return person if right and person is not None and person.enabled else None

    def _account(self, tenant: Tenant, attempt: Attempt) -> tuple[str, Mapping[str, Limit]]:
        """Return who takes turns, and what counts against them.

        A browser that signed in before has its own bucket, so that strangers cannot lock its owner out.
        """
        name = account(attempt.username)
        device = self.devices.known(tenant.tenant_id, attempt.device, name)
        if device is None:
            return name, _of_strangers(name)
        known = f"known:{device}:{name}"
        return known, {known: _KNOWN_DEVICE}

    async def _judged(self, tenant: Tenant, buckets: Mapping[str, Limit], source: str) -> tuple[int, int]:
        """Return the seconds to wait, and how many of the source may be checked at once."""
        now = self.clock.now()
        counted = {name: await self.storage.throttle(tenant.tenant_id, name) for name in buckets}
        wait = max(wait_for(counted[name], limit, now) for name, limit in buckets.items())
        return wait, room_for(counted[source], buckets[source], now)

    async def _count(self, tenant: Tenant, buckets: Mapping[str, Limit]) -> None:
        now = self.clock.now()
        await self.storage.commit(
            *(
                Count(tenant_id=tenant.tenant_id, bucket=name, now=now, window=limit.window)
                for name, limit in buckets.items()
            )
        )


def forgiveness(tenant_id: str, username: str) -> tuple[Change, ...]:
    """Return what forgets the strangers' guesses, as the password they guessed at is no more."""
    return _forgiven(tenant_id, _of_strangers(account(username)))


def _of_strangers(name: str) -> Mapping[str, Limit]:
    return {name: _ACCOUNT, f"lasting:{name}": _LASTING}


def _forgiven(tenant_id: str, buckets: Iterable[str]) -> tuple[Change, ...]:
    return tuple(Forgive(tenant_id=tenant_id, bucket=bucket) for bucket in buckets)
