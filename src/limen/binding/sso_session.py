"""sso-session: the token lives as long as the session it came from (OIDC Session Management).

That the session is alive is asked of the grant at every use, at introspection, too (`tokens.gate`).
Its cookie is compared where it is sent: requests of other sites do not carry it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from limen.binding.base import Fixed, Proof, is_same
from limen.model.client import Client
from limen.model.session import Session
from limen.ports.storage import Storage
from limen.protocol.message import Message
from limen.protocol.policy import Policy
from limen.tokens.digest import digest

_NOBODY = "-"  # a cookie of no session: equal to no session_id


@dataclass(frozen=True, slots=True)
class SsoSessionBinding:
    """The reference is the session's identifier."""

    storage: Storage
    binding_type: ClassVar[str] = "sso-session"

    async def prove(
        self, message: Message, *, access_token: str | None, policy: Policy | None = None
    ) -> Proof | None:
        """Find the session of the cookie."""
        handle = message.cookies.get("session")
        if not handle:
            return None
        found = await self.storage.session(message.tenant.tenant_id, digest(handle))
        return Proof(found[0].session_id if found is not None else _NOBODY)

    def accepts(self, proof: Proof | None, reference: str) -> bool:
        """Refuse the browser of another session."""
        return proof is None or is_same(proof, reference)

    def renews(self, proof: Proof | None, reference: str, client: Client) -> bool:
        """Refuse the browser of another session."""
        return proof is None or is_same(proof, reference)

    def fix(self, session: Session, cookies: Mapping[str, str]) -> Fixed:
        """Name the session."""
        return Fixed(session.session_id)
