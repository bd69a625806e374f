"""An introspection answer as a signed, perhaps encrypted, JWT (RFC 9701)."""

from dataclasses import dataclass
from typing import Any

from limen.model.client import Client
from limen.protocol.answer import Body
from limen.protocol.message import Message
from limen.tokens.id_token import IdTokens

TYPE = "token-introspection+jwt"
MEDIA_TYPE = f"application/{TYPE}"
_DEFAULT_ALG = "RS256"  # RFC 9701 §6


@dataclass(frozen=True, slots=True)
class IntrospectionJwt:
    """Signs for one resource server; without sub and exp nobody can take it for another token (§8.1)."""

    id_tokens: IdTokens

    def is_wanted(self, message: Message, client: Client) -> bool:
        """Tell whether the caller asks for a JWT now, or registered that it does (§4, §6)."""
        accepted = [part.partition(";")[0].strip() for part in message.headers.get("accept", "").split(",")]
        if MEDIA_TYPE in accepted:
            return True
        registered = client.introspection_signed_response_alg or client.introspection_encrypted_response_alg
        return registered is not None and "application/json" not in accepted

    async def write(self, message: Message, client: Client, answer: dict[str, Any], now: int) -> Body:
        """Return the JWT (§5)."""
        tenant = message.tenant
        claims = {"iss": tenant.issuer, "aud": client.client_id, "iat": now, "token_introspection": answer}
        alg = client.introspection_signed_response_alg or _DEFAULT_ALG
        text = self.id_tokens.sign(tenant, client, alg, TYPE, claims)
        if client.introspection_encrypted_response_alg is not None:
            enc = client.introspection_encrypted_response_enc
            text = await self.id_tokens.encrypt(
                client, text, alg=client.introspection_encrypted_response_alg, enc=enc, cty="JWT"
            )
        return Body(content=text.encode(), media_type=MEDIA_TYPE)
