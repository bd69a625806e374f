"""Discovery (OIDC Discovery §4, RFC 8414 §3)."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from limen.model.tenant import Tenant
from limen.protocol.answer import Body
from limen.protocol.message import Message

Describe = Callable[[Tenant, str], dict[str, object]]


@dataclass(frozen=True, slots=True)
class DiscoveryEndpoint:
    """Serves the same document at every well-known address of the tenant."""

    describe: Describe

    async def __call__(self, message: Message) -> Body:
        """Return the metadata of the tenant's issuer."""
        return Body(
            content=orjson.dumps(self.describe(message.tenant, message.base)),
            headers={"Cache-Control": "public, max-age=300"},
        )
