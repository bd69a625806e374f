"""When a client's secret last proved it (RFC 6749 §2.3.1): known to the minute; few uses cost a write."""

from limen.model.artifacts import SecretUse
from limen.model.client import Client, ClientSecret
from limen.ports.storage import Change, Put
from limen.tokens.digest import digest

_EVERY = 60  # seconds between two writes for one secret by one process
_MOST_KNOWN = 10_000


class SecretUses:
    """Remembers what this process wrote lately; a write commits with the act it was proven for."""

    __slots__ = ("_noted",)

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str, str], int] = {}

    def note(self, client: Client, secret: ClientSecret, now: int) -> tuple[Change, ...]:
        """Return what a use commits: mostly nothing."""
        key = (client.tenant_id, client.client_id, secret.secret_id)
        if now - self._noted.get(key, 0) < _EVERY:
            return ()
        if len(self._noted) >= _MOST_KNOWN:
            self._noted.clear()
        self._noted[key] = now
        use = SecretUse(
            tenant_id=client.tenant_id,
            digest=use_of(client.client_id, secret.secret_id),
            expires_at=0,
            client_id=client.client_id,
            secret_id=secret.secret_id,
            used_at=now,
        )
        return (Put(use),)


def use_of(client_id: str, secret_id: str) -> str:
    """Return the digest under which the last use of a secret is kept."""
    return digest(f"{client_id} {secret_id}")
