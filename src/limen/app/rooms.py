"""Every room of the specifications, wired to the world it is given."""

from collections.abc import Sequence
from dataclasses import dataclass

from limen.binding import all_bindings
from limen.client_auth import all_methods
from limen.client_auth.authenticate import Authenticate
from limen.endpoints.authorization import AuthorizationEndpoint
from limen.endpoints.check_session import CheckSessionEndpoint
from limen.endpoints.discovery import DiscoveryEndpoint
from limen.endpoints.dispatch import Dispatcher
from limen.endpoints.end_session import EndSessionEndpoint
from limen.endpoints.interaction import InteractionEndpoint
from limen.endpoints.introspection import IntrospectionEndpoint
from limen.endpoints.jwks import JwksEndpoint
from limen.endpoints.responder import Responder
from limen.endpoints.revocation import RevocationEndpoint
from limen.endpoints.sessions import Sessions
from limen.endpoints.token import TokenEndpoint
from limen.endpoints.userinfo import UserinfoEndpoint
from limen.endpoints.webfinger import WebfingerEndpoint
from limen.grants import all_grants
from limen.journey import all_steps
from limen.journey.sign_in import ACR
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.ports import Ports
from limen.protocol.algorithms import ENCRYPTION_ALGS, ENCRYPTION_ENCS, SIGNING_ALGS
from limen.protocol.policy import Policies
from limen.protocol.server_metadata import Installed, describe
from limen.routes import ADDRESSES, Rooms
from limen.tokens.code import Codes
from limen.tokens.formats import all_formats
from limen.tokens.id_token import IdTokens
from limen.tokens.issuer import Issuer
from limen.tokens.presented import AccessTokens
from limen.tokens.refresh import RefreshTokens


@dataclass(frozen=True, slots=True)
class Describe:
    """Discovery's view of what is installed here."""

    ports: Ports
    installed: Installed

    def __call__(self, tenant: Tenant, base: str) -> dict[str, object]:
        """Return the metadata of a tenant."""
        algorithms = self.ports.keys.algorithms(tenant.tenant_id, "sig")
        return describe(tenant, base, self.installed, algorithms)


def furnish(ports: Ports, *, server: Settings | None = None, ui_locales: Sequence[str] = ("en",)) -> Rooms:
    """Return every endpoint of the specifications, wired to the world it is given."""
    storage, keys, clock, entropy = ports.storage, ports.keys, ports.clock, ports.entropy
    policies = Policies(server)
    formats = {f.name: f for f in all_formats(ports)}
    methods, bindings = all_methods(ports), {b.binding_type: b for b in all_bindings(ports)}
    grants = {g.grant_type: g for g in all_grants(ports)}
    authenticate = Authenticate(storage=storage, methods=methods, policies=policies)
    id_tokens = IdTokens(keys, ports.jose, ports.client_keys)
    issuer = Issuer(formats=formats, id_tokens=id_tokens, entropy=entropy)
    access_tokens = AccessTokens(storage=storage, formats=tuple(formats.values()), clock=clock)
    refresh_tokens, sessions = RefreshTokens(keys), Sessions(storage, clock)
    responder = Responder(storage=storage, codes=Codes(keys), issuer=issuer, clock=clock, entropy=entropy)
    dispatcher = Dispatcher(
        storage=storage, sessions=sessions, responder=responder, keys=keys, clock=clock, entropy=entropy
    )
    authorization = AuthorizationEndpoint(
        storage=storage, dispatcher=dispatcher, responder=responder, policies=policies, events=ports.events
    )
    steps = all_steps(ports)
    installed = _installed(tuple(grants), tuple(m.method for m in methods), tuple(bindings), ui_locales)
    return Rooms(
        authorization=authorization,
        interaction=InteractionEndpoint(
            storage=storage, authorization=authorization, dispatcher=dispatcher, steps=steps, clock=clock
        ),
        token=TokenEndpoint(
            storage=storage,
            authenticate=authenticate,
            grants=grants,
            bindings=bindings,
            issuer=issuer,
            events=ports.events,
            clock=clock,
        ),
        userinfo=UserinfoEndpoint(
            storage=storage,
            access_tokens=access_tokens,
            bindings=bindings,
            policies=policies,
            id_tokens=id_tokens,
        ),
        introspection=IntrospectionEndpoint(
            storage=storage,
            authenticate=authenticate,
            access_tokens=access_tokens,
            refresh_tokens=refresh_tokens,
            clock=clock,
        ),
        revocation=RevocationEndpoint(
            storage=storage,
            authenticate=authenticate,
            access_tokens=access_tokens,
            refresh_tokens=refresh_tokens,
            clock=clock,
        ),
        end_session=EndSessionEndpoint(
            storage=storage, sessions=sessions, keys=keys, policies=policies, clock=clock, entropy=entropy
        ),
        check_session=CheckSessionEndpoint(storage),
        discovery=DiscoveryEndpoint(Describe(ports, installed)),
        jwks=JwksEndpoint(keys),
        webfinger=WebfingerEndpoint(storage),
    )


def _installed(
    grant_types: Sequence[str], methods: Sequence[str], bindings: Sequence[str], ui_locales: Sequence[str]
) -> Installed:
    return Installed(
        endpoints=ADDRESSES,
        grant_types=grant_types,
        auth_methods=methods,
        binding_types=bindings,
        acr_values=(ACR,),
        signing_algs=SIGNING_ALGS,
        encryption_algs=ENCRYPTION_ALGS,
        encryption_encs=ENCRYPTION_ENCS,
        client_algs=SIGNING_ALGS,
        ui_locales=ui_locales,
        more={},
    )
