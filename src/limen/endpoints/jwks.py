"""The JSON Web Key Set (RFC 7517 §5, OIDC Discovery §3 jwks_uri)."""

from dataclasses import dataclass, field

from limen.endpoints.published import Published
from limen.ports.keys import Keys
from limen.protocol.answer import Body
from limen.protocol.message import Message


@dataclass(frozen=True, slots=True)
class JwksEndpoint:
    """The tenant's public keys: next, active and retiring."""

    keys: Keys
    _published: Published = field(default_factory=lambda: Published("application/jwk-set+json"), init=False)

    async def __call__(self, message: Message) -> Body:
        """Return the key set; clients may keep it for five minutes."""
        tenant_id = message.tenant.tenant_id
        document = self.keys.jwks(tenant_id)
        return self._published.of((tenant_id, ""), document, None, lambda: document)
