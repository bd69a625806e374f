"""cookie: the token works in the browser that the person signed in with (after RFC 8471's idea)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from limen.binding.base import Fixed, Proof, is_same
from limen.model.client import Client
from limen.model.session import Session
from limen.ports.world import Entropy
from limen.protocol.answer import Cookie
from limen.protocol.message import Message
from limen.protocol.policy import Policy
from limen.tokens.digest import digest

NAME = "binding"
ALIAS = "atbv"  # as other servers call it; read so that proxies may pass it on, never written
_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class CookieBinding:
    """The reference is the digest of the cookie, fixed at the authorization endpoint."""

    entropy: Entropy
    binding_type: ClassVar[str] = "cookie"

    async def prove(
        self, message: Message, *, access_token: str | None, policy: Policy | None = None
    ) -> Proof | None:
        """Read the cookie."""
        value = message.cookies.get(NAME) or message.cookies.get(ALIAS)
        return Proof(digest(value)) if value else None

    def accepts(self, proof: Proof | None, reference: str) -> bool:
        """The same browser."""
        return is_same(proof, reference)

    def renews(self, proof: Proof | None, reference: str, client: Client) -> bool:
        """The same browser."""
        return is_same(proof, reference)

    def fix(self, session: Session, cookies: Mapping[str, str]) -> Fixed:
        """Keep the browser's value, so that several applications share it; or make one."""
        value = cookies.get(NAME) or self.entropy.handle()
        return Fixed(digest(value), (Cookie(name=NAME, value=value, lifetime=_YEAR),))
