"""The rooms where apps ask people by the back channel (CIBA Core)."""

from collections.abc import Mapping

from limen.app.workshop import Workshop
from limen.credentials.awaited_decision import AwaitedDecisions
from limen.endpoints.approval_decision import Decisions
from limen.endpoints.approval_journey import ApprovalJourney
from limen.endpoints.backchannel_authentication import BackchannelAuthenticationEndpoint
from limen.endpoints.backchannel_delivery import BackchannelDelivery
from limen.endpoints.backchannel_requests import BackchannelRequests
from limen.endpoints.hinted_person import HintedPeople
from limen.http.route import Endpoint
from limen.ports.journey import JourneyStep
from limen.tokens.id_token_hint import IdTokenHints


def backchannel_authentication(shop: Workshop) -> Endpoint:
    """Return the endpoint apps call."""
    ports = shop.ports
    return BackchannelAuthenticationEndpoint(
        storage=ports.storage,
        authenticate=shop.authenticate,
        requests=BackchannelRequests(jose=ports.jose, client_keys=ports.client_keys, clock=ports.clock),
        people=HintedPeople(
            storage=ports.storage,
            hints=IdTokenHints(ports.keys, ports.jose),
            id_tokens=shop.id_tokens,
            passwords=ports.passwords,
            clock=ports.clock,
        ),
        keys=ports.keys,
        events=ports.events,
        clock=ports.clock,
        entropy=ports.entropy,
    )


def approval_journey(shop: Workshop, steps: Mapping[str, JourneyStep]) -> ApprovalJourney:
    """Return the pages people visit."""
    ports = shop.ports
    return ApprovalJourney(
        storage=ports.storage,
        beginnings=shop.beginnings,
        sessions=shop.sessions,
        policies=shop.policies,
        decisions=decisions(shop),
        delivery=_delivery(shop),
        steps=steps,
        clock=ports.clock,
    )


def decisions(shop: Workshop) -> Decisions:
    """Return what records people's decisions; those about devices, too."""
    ports = shop.ports
    return Decisions(storage=ports.storage, policies=shop.policies, clock=ports.clock, entropy=ports.entropy)


def _delivery(shop: Workshop) -> BackchannelDelivery:
    ports = shop.ports
    return BackchannelDelivery(
        storage=ports.storage,
        fetcher=ports.fetcher,
        decisions=AwaitedDecisions(ports.storage, shop.refresh_tokens),
        issuer=shop.issuer,
        policies=shop.policies,
        keys=ports.keys,
        events=ports.events,
        clock=ports.clock,
    )
