"""What tokens are bound to, asked wherever one is made or shown (RFC 8705 §3, RFC 9449 §5, §7)."""

from collections.abc import Mapping
from dataclasses import dataclass

from limen.binding.base import Binding, Proof
from limen.errors import InvalidGrant, InvalidToken
from limen.ports.storage import Change
from limen.protocol.message import Message
from limen.protocol.policy import Policies, Policy
from limen.tokens.authorization import Call
from limen.tokens.presented import Presented

Changes = tuple[Change, ...]

# Their specifications leave a resource server no choice.
_ALWAYS = frozenset({"dpop", "certificate"})
_DIFFERS = "the access token is bound to something this request does not prove"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The phases of token binding that endpoints share.

    To the types in `fixed` the token request adds nothing: the authorization endpoint made their reference.
    """

    bindings: Mapping[str, Binding]
    fixed: frozenset[str]
    policies: Policies

    async def at_issue(self, message: Message, policy: Policy) -> tuple[dict[str, str], Changes]:
        """Return what new tokens are bound to: as the policy wants it, and to the key of a DPoP proof."""
        wanted = policy.token_binding_type
        offers_dpop = "dpop" in message.headers and wanted != "dpop"
        if wanted == "none" and not offers_dpop:
            return {}, ()
        references: dict[str, str] = {}
        changes: Changes = ()
        for kind in (wanted, "dpop") if offers_dpop else (wanted,):
            if kind in self.fixed:
                continue
            proof = await self.bindings[kind].prove(message, access_token=None, policy=policy)
            if proof is not None:
                references[kind] = proof.reference
                changes += proof.changes
        return references, changes

    async def at_refresh(self, message: Message, call: Call, bound: Mapping[str, str]) -> None:
        """Refuse tokens of a grant whose references the request does not prove."""
        for kind, reference in bound.items():
            binding, proven = self.bindings[kind], call.binding.get(kind)
            # What was proven when tokens were asked for is not proven again: a proof works once.
            proof = Proof(proven) if proven is not None else await binding.prove(message, access_token=None)
            if not binding.renews(proof, reference, call.client):
                raise InvalidGrant(
                    "the grant is bound to something this request does not prove", detail=f"binding {kind}"
                )

    async def at_resource(self, message: Message, token: str, scheme: str, presented: Presented) -> Changes:
        """Refuse a token shown without what it is bound to; return what its use commits."""
        bound = presented.content.binding
        # RFC 9449 §7.2: a DPoP-bound token is never taken as a bearer token, nor the reverse.
        if ("dpop" in bound) != (scheme == "dpop"):
            raise InvalidToken("the access token was presented with the wrong scheme")
        if not bound:
            return ()
        policy = self._policy(message, presented)
        wanted = {
            kind: reference
            for kind, reference in bound.items()
            if kind in _ALWAYS or policy is None or policy.validate_token_binding
        }
        return await self._require(message, token, wanted, policy)

    async def at_revocation(self, message: Message, token: str, presented: Presented) -> Changes:
        """Refuse to end a token for somebody without its proof, where the policy says so.

        The client has proven itself, and RFC 9449 knows no proofs for tokens that are not used.
        """
        policy = self._policy(message, presented)
        if policy is None or not policy.validate_token_binding:
            return ()
        wanted = {kind: reference for kind, reference in presented.content.binding.items() if kind != "dpop"}
        return await self._require(message, token, wanted, None)

    async def as_told(
        self, message: Message, token: str, presented: Presented, kinds: frozenset[str]
    ) -> Changes:
        """Check what a resource server tells of the request it got, as far as it tells (`kinds`)."""
        bound = presented.content.binding
        wanted = {kind: reference for kind, reference in bound.items() if kind in kinds}
        return await self._require(message, token, wanted, None)

    async def _require(
        self, message: Message, token: str, wanted: Mapping[str, str], policy: Policy | None
    ) -> Changes:
        changes: Changes = ()
        for kind, reference in wanted.items():
            binding = self.bindings[kind]
            proof = await binding.prove(message, access_token=token, policy=policy)
            if not binding.accepts(proof, reference):
                raise InvalidToken(_DIFFERS, detail=f"binding {kind}")
            changes += proof.changes if proof is not None else ()
        return changes

    def _policy(self, message: Message, presented: Presented) -> Policy | None:
        return self.policies.of(message.tenant, presented.client) if presented.client is not None else None
