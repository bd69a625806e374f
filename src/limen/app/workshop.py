"""The parts that several rooms share, made once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from limen.binding import all_bindings, browser_bindings
from limen.binding.base import Binding, BrowserBinding
from limen.client_auth import all_methods
from limen.client_auth.authenticate import Authenticate, by_evidence
from limen.client_auth.base import ClientAuth
from limen.credentials.client_lookup import ClientLookup
from limen.endpoints.beginning import Beginnings
from limen.endpoints.bound import Bound
from limen.endpoints.sessions import Sessions
from limen.grants import all_grants
from limen.grants.base import Grant
from limen.model.settings import Settings
from limen.ports import Ports
from limen.protocol.policy import Policies
from limen.tokens.formats import all_formats
from limen.tokens.id_token import IdTokens
from limen.tokens.issuer import Issuer
from limen.tokens.presented import AccessTokens
from limen.tokens.refresh import RefreshTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """The registries, and what is built on them."""

    ports: Ports
    policies: Policies
    clients: ClientLookup
    methods: Sequence[ClientAuth]
    bindings: Mapping[str, Binding]
    browser_bindings: Mapping[str, BrowserBinding]
    bound: Bound
    grants: Mapping[str, Grant]
    authenticate: Authenticate
    id_tokens: IdTokens
    issuer: Issuer
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    sessions: Sessions
    beginnings: Beginnings

    @classmethod
    def of(cls, ports: Ports, server: Settings | None) -> Self:
        """Make every part."""
        policies, methods = Policies(server), all_methods(ports)
        clients = _lookup(ports)
        bindings = {b.binding_type: b for b in all_bindings(ports)}
        fixed = {b.binding_type: b for b in browser_bindings(ports)}
        formats = {f.name: f for f in all_formats(ports)}
        id_tokens = IdTokens(ports.keys, ports.jose, ports.client_keys, ports.entropy)
        return cls(
            ports=ports,
            policies=policies,
            clients=clients,
            methods=methods,
            bindings=bindings,
            browser_bindings=fixed,
            bound=Bound(bindings=bindings, fixed=frozenset(fixed), policies=policies),
            grants={g.grant_type: g for g in all_grants(ports)},
            authenticate=Authenticate(clients=clients, methods=by_evidence(methods), policies=policies),
            id_tokens=id_tokens,
            issuer=Issuer(formats=formats, id_tokens=id_tokens, entropy=ports.entropy),
            access_tokens=AccessTokens(
                storage=ports.storage, formats=tuple(formats.values()), clock=ports.clock
            ),
            refresh_tokens=RefreshTokens(ports.keys),
            sessions=Sessions(ports.storage, ports.clock),
            beginnings=Beginnings(
                storage=ports.storage, keys=ports.keys, clock=ports.clock, entropy=ports.entropy
            ),
        )


def _lookup(ports: Ports) -> ClientLookup:
    return ClientLookup(
        storage=ports.storage,
        fetcher=ports.fetcher,
        jose=ports.jose,
        keys=ports.keys,
        events=ports.events,
        clock=ports.clock,
    )
