"""Discovery (OIDC Discovery §4, RFC 8414 §3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from limen.endpoints.published import Published
from limen.model.tenant import Tenant
from limen.ports.keys import Keys
from limen.protocol.answer import Body
from limen.protocol.message import Message

Describe = Callable[[Tenant, str, Sequence[str]], dict[str, object]]


@dataclass(frozen=True, slots=True)
class DiscoveryEndpoint:
    """Serves the same document at every well-known address of the tenant."""

    describe: Describe
    keys: Keys
    _published: Published = field(default_factory=lambda: Published("application/json"), init=False)

    async def __call__(self, message: Message) -> Body:
        """Return the metadata of the tenant's issuer."""
        tenant, base = message.tenant, message.base
        algorithms = self.keys.algorithms(tenant.tenant_id)
        return self._published.of(
            (tenant.tenant_id, base), tenant, algorithms, lambda: self.describe(tenant, base, algorithms)
        )
