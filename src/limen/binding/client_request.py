"""client-request: the client names the instance its tokens are for (RFC 6749 §8.2)."""

from typing import ClassVar

from limen.binding.base import Proof, is_same
from limen.errors import InvalidRequest
from limen.model.client import Client
from limen.protocol.message import Message
from limen.protocol.policy import Policy
from limen.tokens.digest import digest

PARAMETER = "tokenBindingId"
_LONGEST = 255


class ClientRequestBinding:
    """The reference is the digest of the instance's name; only token requests carry it."""

    binding_type: ClassVar[str] = "client-request"

    async def prove(
        self, message: Message, *, access_token: str | None, policy: Policy | None = None
    ) -> Proof | None:
        """Read the name; a client that sends none gets tokens for no instance in particular."""
        sent = message.params.get(PARAMETER, ())
        if access_token is not None or not sent or not sent[0]:
            return None
        if len(sent) > 1:
            raise InvalidRequest(f"{PARAMETER} is included more than once")
        if len(sent[0]) > _LONGEST:
            raise InvalidRequest(f"{PARAMETER} must be shorter than 256 characters")
        return Proof(digest(sent[0]))

    def accepts(self, proof: Proof | None, reference: str) -> bool:
        """Always: requests to resources do not name instances."""
        return True

    def renews(self, proof: Proof | None, reference: str, client: Client) -> bool:
        """The same instance."""
        return is_same(proof, reference)
