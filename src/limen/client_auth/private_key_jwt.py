"""private_key_jwt (OIDC Core §9, RFC 7523 §2.2)."""

from dataclasses import dataclass
from typing import ClassVar

from limen.client_auth.base import Offer, Proven, assertion_of, expectation, judge
from limen.model.client import Client
from limen.ports.keys import ClientKeys, Jose
from limen.ports.world import Clock
from limen.protocol.algorithms import FAPI_ALGS, SIGNING_ALGS, plain_name
from limen.protocol.assertion import TYPES
from limen.protocol.message import Message
from limen.protocol.policy import Policy


@dataclass(frozen=True, slots=True)
class PrivateKeyJwt:
    """The client signs a statement about itself with a key of its JWK Set."""

    jose: Jose
    client_keys: ClientKeys
    clock: Clock
    method: ClassVar[str] = "private_key_jwt"
    evidence: ClassVar[str | None] = "client_assertion"

    def offer(self, message: Message) -> Offer | None:
        """Read an assertion that is not keyed by a secret."""
        offer = assertion_of(message, self.jose)
        return offer if offer is not None and not offer.evidence.alg.startswith("HS") else None

    async def prove(self, offer: Offer, client: Client, message: Message, policy: Policy) -> Proven | None:
        """Verify with the client's keys, asking for them anew when the kid is unknown."""
        assertion = offer.evidence
        allowed = _allowed(client, policy)
        # Before any key is fetched: a wrong algorithm is not worth a call.
        if plain_name(assertion.alg) not in allowed:
            return None
        jwks = await self.client_keys.of(client, kid=assertion.kid)
        claims = self.jose.verify(assertion.token, jwks, algs=allowed, typs=TYPES)
        if claims is None:
            return None
        return judge(claims, client, expectation(message, client, policy, self.clock.now()))


def _allowed(client: Client, policy: Policy) -> tuple[str, ...]:
    """Return the registered algorithm or every asymmetric one; never an HMAC."""
    registered = client.token_endpoint_auth_signing_alg
    chosen = tuple(alg for alg in SIGNING_ALGS if registered in {None, alg})
    if policy.security_profile.startswith("fapi"):
        return tuple(alg for alg in chosen if alg in FAPI_ALGS)
    return chosen
