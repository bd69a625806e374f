"""dpop: the token works with proofs of one key (RFC 9449)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from limen.binding.base import Proof, is_same
from limen.errors import InvalidDpopProof, UseDpopNonce
from limen.model.client import Client
from limen.ports.keys import Jose, Keys
from limen.ports.storage import Mark
from limen.ports.world import Clock
from limen.protocol.dpop import ALGORITHMS, LONGEST, MAX_AGE, MAX_AHEAD, NONCE_LIFE, TYPE, Request, refusal
from limen.protocol.message import Message
from limen.protocol.policy import Policy
from limen.tokens.digest import digest

NONCE = "dn"  # purpose of the sealed time that is a nonce
_OCTETS = 8


@dataclass(frozen=True, slots=True)
class DpopBinding:
    """The reference is the thumbprint of the proof's key; each proof works once."""

    keys: Keys
    jose: Jose
    clock: Clock
    binding_type: ClassVar[str] = "dpop"

    async def prove(
        self, message: Message, *, access_token: str | None, policy: Policy | None = None
    ) -> Proof | None:
        """Check the DPoP header (RFC 9449 §4.3)."""
        sent, now = message.headers.get("dpop"), self.clock.now()
        if sent is None:
            if access_token is None and policy is not None and policy.token_binding_type == "dpop":
                raise InvalidDpopProof("a DPoP proof is required")  # RFC 9449 §5.2
            return None
        proven = None
        if len(sent) <= LONGEST:
            proven = self.jose.verify_embedded(sent, algs=ALGORITHMS, typ=TYPE)
        if proven is None:
            raise InvalidDpopProof("the DPoP proof is malformed or not signed by its own key")
        claims, jkt = proven
        request = Request(method=message.method, url=message.url, access_token=access_token, now=now)
        if reason := refusal(claims, request):
            raise InvalidDpopProof(f"the DPoP proof is refused: {reason}")
        tenant_id = message.tenant.tenant_id
        self._check_nonce(claims.get("nonce"), tenant_id, now, policy)
        return Proof(jkt, (_use(tenant_id, jkt, claims),))

    def accepts(self, proof: Proof | None, reference: str) -> bool:
        """RFC 9449 §7.1: the key must be the one the token was issued to."""
        return is_same(proof, reference)

    def renews(self, proof: Proof | None, reference: str, client: Client) -> bool:
        """RFC 9449 §5: a public client keeps its key; others are bound by their authentication."""
        return is_same(proof, reference) if client.is_public else proof is not None

    def _check_nonce(self, nonce: object, tenant_id: str, now: int, policy: Policy | None) -> None:
        """RFC 9449 §8, §9: a nonce is a time sealed by us, so that no node has to remember it."""
        if nonce is None and not (policy is not None and policy.require_dpop_nonce):
            return
        packed = self.keys.open(tenant_id, NONCE, nonce) if isinstance(nonce, str) else None
        if packed is None or now - int.from_bytes(packed, "big") > NONCE_LIFE:
            fresh = self.keys.seal(tenant_id, NONCE, now.to_bytes(_OCTETS, "big"))
            raise UseDpopNonce("the DPoP proof must carry the nonce of the DPoP-Nonce header", nonce=fresh)


def _use(tenant_id: str, jkt: str, claims: dict[str, Any]) -> Mark:
    """RFC 9449 §11.1: remember the proof for as long as it would be taken."""
    return Mark(
        tenant_id=tenant_id,
        purpose="dpop",
        digest=digest(f"{jkt} {claims['jti']}"),
        expires_at=int(claims["iat"]) + MAX_AGE + MAX_AHEAD,
    )
