"""Every room of the specifications, wired to the world it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from limen.app.backchannel import approval_journey, backchannel_authentication, decisions
from limen.app.registration import registration
from limen.app.workshop import Workshop
from limen.credentials.password import ACR
from limen.endpoints.approval_journey import ApprovalJourney
from limen.endpoints.asker import Askers
from limen.endpoints.authorization import AuthorizationEndpoint
from limen.endpoints.check_session import CheckSessionEndpoint
from limen.endpoints.device_authorization import DeviceAuthorizationEndpoint
from limen.endpoints.device_entry import DeviceEntryEndpoint
from limen.endpoints.device_journey import DeviceJourney
from limen.endpoints.discovery import DiscoveryEndpoint
from limen.endpoints.dispatch import Dispatcher
from limen.endpoints.end_session import EndSessionEndpoint
from limen.endpoints.initiated_login import InitiatedLoginEndpoint
from limen.endpoints.interaction import InteractionEndpoint
from limen.endpoints.introspection import IntrospectionEndpoint
from limen.endpoints.introspection_jwt import IntrospectionJwt
from limen.endpoints.jwks import JwksEndpoint
from limen.endpoints.opening import Opening
from limen.endpoints.pushed_authorization import PushedAuthorizationEndpoint
from limen.endpoints.request_sources import RequestSources
from limen.endpoints.responder import Responder
from limen.endpoints.revocation import RevocationEndpoint
from limen.endpoints.token import TokenEndpoint
from limen.endpoints.userinfo import UserinfoEndpoint
from limen.endpoints.webfinger import WebfingerEndpoint
from limen.http.route import Endpoint
from limen.journey import all_steps
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.pages.catalogue import catalogues
from limen.ports import Ports
from limen.ports.journey import JourneyStep
from limen.protocol.server_metadata import Installed, describe
from limen.routes import ADDRESSES, Rooms
from limen.tokens.code import Codes
from limen.tokens.id_token_hint import IdTokenHints


def furnish(ports: Ports, *, server: Settings | None = None) -> Rooms:
    """Return every endpoint of the specifications."""
    shop = Workshop.of(ports, server)
    steps = all_steps(ports)
    device = _device_journey(shop, steps)
    approvals = approval_journey(shop, steps)
    authorization, interaction = _journey(shop, steps, device, approvals)
    return Rooms(
        authorization=authorization,
        interaction=interaction,
        pushed_authorization=_pushed_authorization(shop),
        token=_token(shop),
        userinfo=_userinfo(shop),
        introspection=_introspection(shop),
        revocation=_revocation(shop),
        device_authorization=_device_authorization(shop),
        device_entry=_device_entry(shop, device),
        backchannel_authentication=backchannel_authentication(shop),
        approvals=approvals,
        initiated_login=InitiatedLoginEndpoint(ports.storage),
        **registration(ports),
        end_session=_end_session(shop),
        check_session=CheckSessionEndpoint(ports.storage),
        discovery=DiscoveryEndpoint(Describe(_installed(shop)), ports.keys),
        jwks=JwksEndpoint(ports.keys),
        webfinger=WebfingerEndpoint(ports.storage, shop.authenticate),
        finish=approvals.delivery.finish,
    )


def _journey(
    shop: Workshop, steps: Mapping[str, JourneyStep], device: DeviceJourney, approvals: ApprovalJourney
) -> tuple[Endpoint, Endpoint]:
    ports, responder = shop.ports, _responder(shop)
    dispatcher = _dispatcher(shop, responder)
    authorization = AuthorizationEndpoint(
        clients=shop.clients,
        sources=_sources(shop),
        dispatcher=dispatcher,
        opening=Opening(steps),
        responder=responder,
        policies=shop.policies,
        events=ports.events,
    )
    interaction = InteractionEndpoint(
        storage=ports.storage,
        keys=ports.keys,
        authorization=authorization,
        dispatcher=dispatcher,
        device=device,
        approvals=approvals,
        steps=steps,
        clock=ports.clock,
    )
    return authorization, interaction


def _responder(shop: Workshop) -> Responder:
    return Responder(
        storage=shop.ports.storage,
        codes=Codes(shop.ports.keys),
        issuer=shop.issuer,
        bindings=shop.browser_bindings,
        clock=shop.ports.clock,
        entropy=shop.ports.entropy,
    )


def _dispatcher(shop: Workshop, responder: Responder) -> Dispatcher:
    return Dispatcher(
        storage=shop.ports.storage,
        beginnings=shop.beginnings,
        sessions=shop.sessions,
        responder=responder,
        id_tokens=shop.id_tokens,
        hints=IdTokenHints(shop.ports.keys, shop.ports.jose),
        acr_values=frozenset((ACR,)),
        clock=shop.ports.clock,
    )


def _sources(shop: Workshop) -> RequestSources:
    return RequestSources(
        storage=shop.ports.storage,
        keys=shop.ports.keys,
        jose=shop.ports.jose,
        client_keys=shop.ports.client_keys,
        fetcher=shop.ports.fetcher,
        clock=shop.ports.clock,
        policies=shop.policies,
    )


def _pushed_authorization(shop: Workshop) -> Endpoint:
    return PushedAuthorizationEndpoint(
        storage=shop.ports.storage,
        authenticate=shop.authenticate,
        sources=_sources(shop),
        policies=shop.policies,
        bindings=shop.bindings,
        events=shop.ports.events,
        clock=shop.ports.clock,
        entropy=shop.ports.entropy,
    )


def _device_journey(shop: Workshop, steps: Mapping[str, JourneyStep]) -> DeviceJourney:
    return DeviceJourney(
        storage=shop.ports.storage,
        sessions=shop.sessions,
        policies=shop.policies,
        decisions=decisions(shop),
        steps=steps,
        keys=shop.ports.keys,
        clock=shop.ports.clock,
        entropy=shop.ports.entropy,
    )


def _device_entry(shop: Workshop, journey: DeviceJourney) -> Endpoint:
    return DeviceEntryEndpoint(
        storage=shop.ports.storage,
        keys=shop.ports.keys,
        journey=journey,
        events=shop.ports.events,
        clock=shop.ports.clock,
        entropy=shop.ports.entropy,
    )


def _device_authorization(shop: Workshop) -> Endpoint:
    return DeviceAuthorizationEndpoint(
        storage=shop.ports.storage,
        authenticate=shop.authenticate,
        keys=shop.ports.keys,
        clock=shop.ports.clock,
        entropy=shop.ports.entropy,
    )


def _token(shop: Workshop) -> Endpoint:
    return TokenEndpoint(
        storage=shop.ports.storage,
        authenticate=shop.authenticate,
        grants=shop.grants,
        bound=shop.bound,
        issuer=shop.issuer,
        events=shop.ports.events,
        clock=shop.ports.clock,
    )


def _userinfo(shop: Workshop) -> Endpoint:
    return UserinfoEndpoint(
        storage=shop.ports.storage,
        access_tokens=shop.access_tokens,
        bound=shop.bound,
        id_tokens=shop.id_tokens,
    )


def _introspection(shop: Workshop) -> Endpoint:
    return IntrospectionEndpoint(
        storage=shop.ports.storage,
        askers=Askers(
            storage=shop.ports.storage,
            authenticate=shop.authenticate,
            access_tokens=shop.access_tokens,
            bound=shop.bound,
            policies=shop.policies,
        ),
        access_tokens=shop.access_tokens,
        refresh_tokens=shop.refresh_tokens,
        bound=shop.bound,
        policies=shop.policies,
        id_tokens=shop.id_tokens,
        as_jwt=IntrospectionJwt(shop.id_tokens),
        clock=shop.ports.clock,
    )


def _revocation(shop: Workshop) -> Endpoint:
    return RevocationEndpoint(
        storage=shop.ports.storage,
        authenticate=shop.authenticate,
        access_tokens=shop.access_tokens,
        refresh_tokens=shop.refresh_tokens,
        bound=shop.bound,
        clock=shop.ports.clock,
    )


def _end_session(shop: Workshop) -> Endpoint:
    return EndSessionEndpoint(
        storage=shop.ports.storage,
        sessions=shop.sessions,
        hints=IdTokenHints(shop.ports.keys, shop.ports.jose),
        policies=shop.policies,
        clock=shop.ports.clock,
        entropy=shop.ports.entropy,
    )


@dataclass(frozen=True, slots=True)
class Describe:
    """Discovery's view of what is installed here."""

    installed: Installed

    def __call__(self, tenant: Tenant, base: str, algorithms: Sequence[str]) -> dict[str, object]:
        """Return the metadata of a tenant."""
        return describe(tenant, base, self.installed, algorithms)


def _installed(shop: Workshop) -> Installed:
    return Installed(
        endpoints=ADDRESSES,
        grant_types=tuple(shop.grants),
        auth_methods=tuple(m.method for m in shop.methods),
        binding_types=tuple(shop.bindings),
        acr_values=(ACR,),
        ui_locales=tuple(catalogues()),
    )
