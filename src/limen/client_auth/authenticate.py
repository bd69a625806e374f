"""Find the client that proves itself by its one registered method (RFC 6749 §2.3, RFC 7591 §2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from limen.client_auth.base import Authenticated, ClientAuth, Offer, Proven
from limen.credentials.client_lookup import ClientLookup
from limen.errors import InvalidClient, InvalidRequest
from limen.model.client import Client
from limen.protocol.message import Message
from limen.protocol.policy import Policies

_FAILED = "client authentication failed"
_NOTHING_TO_PROVE = Proven()


def by_evidence(methods: Sequence[ClientAuth]) -> Mapping[str | None, Sequence[ClientAuth]]:
    """Return the methods by what their proof comes in."""
    found: dict[str | None, list[ClientAuth]] = {}
    for method in methods:
        found.setdefault(method.evidence, []).append(method)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticate:
    """Shared by every endpoint a client calls."""

    clients: ClientLookup
    methods: Mapping[str | None, Sequence[ClientAuth]]  # by their evidence
    policies: Policies

    async def __call__(self, message: Message) -> Authenticated:
        """Return the client; refuse with InvalidClient, or InvalidRequest when two methods are used."""
        named = _named(message)
        sent = self._sent(message, named)
        client_id = sent[1].client_id if sent else named
        if client_id is None:
            raise InvalidClient("no client authentication was sent")
        client = await self.clients(message.tenant, client_id, message.source)
        if client is None:
            raise InvalidClient(_FAILED, detail="unknown client_id")
        if not client.enabled or not message.tenant.enabled:
            raise InvalidClient(_FAILED, detail="the client or tenant is disabled")
        method, offer = sent or self._implied(client, message)
        if not self._is_registered(method, client):
            raise InvalidClient(_FAILED, detail=f"{method.method} is not the registered method")
        policy = self.policies.of(message.tenant, client)
        proven = _NOTHING_TO_PROVE if client.is_public else await method.prove(offer, client, message, policy)
        if proven is None:
            raise InvalidClient(_FAILED, detail=f"{method.method} did not prove the client")
        return Authenticated(client, policy, proven.changes)

    def _sent(self, message: Message, named: str | None) -> tuple[ClientAuth, Offer] | None:
        """Return the one method whose evidence the message carries."""
        params, headers = message.params, message.headers
        offers: list[tuple[ClientAuth, Offer]] = []
        for evidence, methods in self.methods.items():
            if evidence in params or evidence in headers:
                offers += [(method, offer) for method in methods if (offer := method.offer(message))]
        if not offers:
            return None
        if len(offers) > 1:
            raise InvalidRequest("more than one client authentication method was used")
        if named is not None and named != offers[0][1].client_id:
            raise InvalidRequest("client_id differs from the authenticated client")
        return offers[0]

    def _implied(self, client: Client, message: Message) -> tuple[ClientAuth, Offer]:
        """Return the registered method when it needs nothing in the message but the client's name.

        A certificate does not say by itself what it is for: clients that authenticate otherwise bind
        their tokens to theirs (RFC 8705 §3).
        """
        for method in self.methods.get(None, ()):
            if method.method == client.token_endpoint_auth_method:
                offer = method.offer(message)
                if offer is not None:
                    return method, offer
        raise InvalidClient(_FAILED, detail="the request carries no proof of the registered method")

    def _is_registered(self, method: ClientAuth, client: Client) -> bool:
        # A public client that sends a secret all the same proves nothing by it, and needs to prove nothing.
        if client.is_public:
            return method.method in {"none", "client_secret_post"}
        return method.method == client.token_endpoint_auth_method


def _named(message: Message) -> str | None:
    """Return the client_id of the message, which may be sent once (RFC 6749 §3.2)."""
    sent = message.params.get("client_id")
    if sent is None:
        return None
    if len(sent) > 1:
        raise InvalidRequest("client_id is included more than once")
    return sent[0] or None
