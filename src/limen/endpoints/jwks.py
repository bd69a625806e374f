"""The JSON Web Key Set (RFC 7517 §5, OIDC Discovery §3 jwks_uri)."""

from dataclasses import dataclass

import orjson

from limen.ports.keys import Keys
from limen.protocol.answer import Body
from limen.protocol.message import Message


@dataclass(frozen=True, slots=True)
class JwksEndpoint:
    """The tenant's public keys: next, active and retiring."""

    keys: Keys

    async def __call__(self, message: Message) -> Body:
        """Return the key set; clients may keep it for five minutes."""
        document = orjson.dumps(self.keys.jwks(message.tenant.tenant_id))
        return Body(
            content=document,
            media_type="application/jwk-set+json",
            headers={"Cache-Control": "public, max-age=300"},
        )
