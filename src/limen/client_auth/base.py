"""What a client authentication method is (RFC 6749 §2.3), and what methods of one kind share."""

import hmac
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from limen.errors import InvalidClient, InvalidRequest
from limen.model.client import Client, ClientSecret
from limen.ports.keys import Jose
from limen.ports.storage import Change, Mark
from limen.protocol.assertion import CLIENT_ASSERTION_TYPE, Expected, expected, identifier, refusal
from limen.protocol.message import Message
from limen.protocol.policy import Policy
from limen.tokens.digest import digest


class Offer(msgspec.Struct, frozen=True, gc=False):
    """What a message offers as proof: who it claims to be, and the method's own evidence."""

    client_id: str
    evidence: Any = None

    def __repr__(self) -> str:
        """Keep the evidence out of tracebacks and logs."""
        return f"Offer({self.client_id!r})"


class Proven(msgspec.Struct, frozen=True, gc=False):
    """The proof held; `changes` (a used assertion, say) commit with the act it was made for."""

    changes: tuple[Change, ...] = ()


class Authenticated(msgspec.Struct, frozen=True, gc=False):
    """A client that proved itself, with the policy that holds for it."""

    client: Client
    policy: Policy
    changes: tuple[Change, ...] = ()


class ClientAuth(Protocol):
    """One token_endpoint_auth_method."""

    @property
    def method(self) -> str:
        """The registered name."""
        ...

    @property
    def evidence(self) -> str | None:
        """The parameter or header field its proof comes in; None: the request only names the client."""
        ...

    def offer(self, message: Message) -> Offer | None:
        """Return what the message offers for this method, or None when it offers nothing."""
        ...

    async def prove(self, offer: Offer, client: Client, message: Message, policy: Policy) -> Proven | None:
        """Return Proven when the offer proves the client, else None."""
        ...


def secret_of(client: Client, presented: str, now: int) -> ClientSecret | None:
    """Return which of the client's secrets `presented` is, unless it has expired (RFC 6749 §2.3.1)."""
    found = digest(presented)
    for secret in client.client_secrets:
        if hmac.compare_digest(found, secret.digest) and not 0 < secret.expires_at <= now:
            return secret
    return None


class Assertion(msgspec.Struct, frozen=True, gc=False):
    """A client's JWT as it was sent; only its signature tells whether the header is true."""

    token: str
    alg: str
    kid: str | None

    def __repr__(self) -> str:
        """Keep the token out of tracebacks and logs."""
        return f"Assertion({self.alg!r}, {self.kid!r})"


def assertion_of(message: Message, jose: Jose) -> Offer | None:
    """Return the client assertion a message offers, not verified (RFC 7521 §4.2, RFC 7523 §2.2)."""
    sent = message.params.get("client_assertion", ())
    if len(sent) > 1:
        raise InvalidRequest("client_assertion is included more than once")
    if not sent or not sent[0]:
        return None
    if message.one("client_assertion_type") != CLIENT_ASSERTION_TYPE:
        raise InvalidClient("client_assertion_type is not supported")
    header, claims = jose.header(sent[0]), jose.peek(sent[0])
    client_id = claims.get("sub") if claims else None
    if header is None or not isinstance(client_id, str) or not client_id:
        raise InvalidClient("client_assertion is not a JWT with a sub")
    # RFC 7521 §4.2: client_id is unnecessary, and must name the same client where it is sent.
    if message.params.get("client_id", (client_id,)) != (client_id,):
        raise InvalidClient("client_id differs from the sub of client_assertion")
    return Offer(client_id, Assertion(sent[0], header["alg"], header.get("kid")))


def expectation(message: Message, client: Client, policy: Policy, now: int) -> Expected:
    """Return what an assertion in this message must say."""
    return expected(
        client_id=client.client_id,
        issuer=message.tenant.issuer,
        base=message.base,
        url=message.url,
        policy=policy,
        now=now,
    )


def judge(claims: Mapping[str, Any], client: Client, wanted: Expected) -> Proven:
    """Return Proven for the claims of an authentic assertion, or refuse; it can be used once."""
    if reason := refusal(claims, wanted):
        raise InvalidClient("client authentication failed", detail=f"client_assertion: {reason}")
    jti = identifier(claims)
    if jti is None or not wanted.needs_jti:
        return Proven()
    use = Mark(
        tenant_id=client.tenant_id,
        purpose="assertion",
        digest=digest(f"{client.client_id} {jti}"),
        expires_at=int(claims["exp"]) + wanted.leeway + 1,
    )
    return Proven((use,))
