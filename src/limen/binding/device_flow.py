"""device-flow: tokens are tied to the device code they came from (RFC 8628 §3.4)."""

from typing import ClassVar

from limen.binding.base import Proof
from limen.model.client import Client
from limen.protocol.message import Message
from limen.protocol.policy import Policy
from limen.protocol.registered_values import DEVICE_CODE
from limen.tokens.digest import digest


class DeviceFlowBinding:
    """A mark of origin, which tells devices apart; there is nothing to show later."""

    binding_type: ClassVar[str] = "device-flow"

    async def prove(
        self, message: Message, *, access_token: str | None, policy: Policy | None = None
    ) -> Proof | None:
        """Read the device code of the token request that redeems it."""
        code = message.one("device_code")
        if access_token is not None or code is None or message.one("grant_type") != DEVICE_CODE:
            return None
        return Proof(digest(code))

    def accepts(self, proof: Proof | None, reference: str) -> bool:
        """Always."""
        return True

    def renews(self, proof: Proof | None, reference: str, client: Client) -> bool:
        """Always: the device code is spent."""
        return True
