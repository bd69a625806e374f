"""client_secret_jwt (OIDC Core §9, RFC 7523 §2.2)."""

from dataclasses import dataclass
from typing import ClassVar

from limen.client_auth.base import Offer, Proven, assertion_of, expectation, judge, secret_of
from limen.model.client import Client
from limen.ports.keys import Jose, Keys
from limen.ports.world import Clock
from limen.protocol.algorithms import HMAC_ALGS
from limen.protocol.assertion import TYPES
from limen.protocol.message import Message
from limen.protocol.policy import Policy
from limen.tokens.hmac_secret import hmac_secrets
from limen.tokens.secret_use import SecretUses


@dataclass(frozen=True, slots=True)
class ClientSecretJwt:
    """The client keys a statement about itself with its secret, which stays at home."""

    jose: Jose
    keys: Keys
    clock: Clock
    uses: SecretUses
    method: ClassVar[str] = "client_secret_jwt"
    evidence: ClassVar[str | None] = "client_assertion"

    def offer(self, message: Message) -> Offer | None:
        """Read an assertion that is keyed by a secret."""
        offer = assertion_of(message, self.jose)
        return offer if offer is not None and offer.evidence.alg.startswith("HS") else None

    async def prove(self, offer: Offer, client: Client, message: Message, policy: Policy) -> Proven | None:
        """Try every live secret: the old one overlaps with the new one."""
        token, now = offer.evidence.token, self.clock.now()
        registered = client.token_endpoint_auth_signing_alg
        algs = tuple(alg for alg in HMAC_ALGS if registered in {None, alg})
        for secret in hmac_secrets(self.keys, client, now=now):
            claims = self.jose.verify_hmac(token, secret, algs=algs, typs=TYPES)
            if claims is not None:
                proven = judge(claims, client, expectation(message, client, policy, now))
                used = secret_of(client, secret, now)
                noted = self.uses.note(client, used, now) if used is not None else ()
                return Proven((*proven.changes, *noted))
        return None
