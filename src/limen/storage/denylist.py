"""Access tokens that were revoked by themselves, known to every worker (RFC 7009 §2.1)."""

from limen.ports.world import Clock

ROOM = 1_000


class Denylist:
    """In memory, so that every request can ask; makes room by dropping what nobody could use any more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[tuple[str, str], int] = {}
        self._room = ROOM

    def add(self, tenant_id: str, jti: str, expires_at: int) -> None:
        if len(self._until) >= self._room:
            self._drop_expired()
        key = (tenant_id, jti)
        self._until[key] = max(expires_at, self._until.get(key, 0))

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._until

    def __len__(self) -> int:
        return len(self._until)

    def _drop_expired(self) -> None:
        now = self._clock.now()
        self._until = {key: until for key, until in self._until.items() if until > now}
        self._room = max(ROOM, 2 * len(self._until))  # so that dropping costs little for each entry
