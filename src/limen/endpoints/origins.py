"""Which browser origins may read our answers: those clients registered (RFC 9700 §2.6, Fetch standard)."""

from dataclasses import dataclass, field

from limen.model.tenant import Tenant
from limen.ports.storage import Storage
from limen.ports.world import Clock
from limen.protocol.policy import Policies

_FRESH = 1
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Origins:
    """Asked with the client's id where the request names it, else for the tenant as a whole."""

    storage: Storage
    policies: Policies
    clock: Clock
    _known: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)

    async def allowed(self, tenant: Tenant, origin: str, client_id: str | None) -> bool:
        """Tell whether scripts of `origin` may read the answer."""
        if client_id is not None:
            client = await self.storage.client(tenant.tenant_id, client_id)
            if client is not None:
                return client.enabled and origin in self.policies.of(tenant, client).allowed_cors_origins
        return origin in await self._of(tenant)

    async def _of(self, tenant: Tenant) -> frozenset[str]:
        now = self.clock.now()
        read_at, known = self._known.get(tenant.tenant_id, (-_FRESH, frozenset()))
        if now - read_at < _FRESH:
            return known
        found: set[str] = set()
        after = ""
        while page := await self.storage.clients(tenant.tenant_id, after=after, limit=_PAGE):
            found.update(*(self.policies.of(tenant, c).allowed_cors_origins for c in page if c.enabled))
            after = page[-1].client_id
        known = frozenset(found)
        self._known[tenant.tenant_id] = (now, known)
        return known
