"""The whole site: rooms, pages and operations behind one ASGI application."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from limen.app.rooms import furnish
from limen.endpoints.origins import Origins
from limen.http.application import Application, Hook, Witness
from limen.http.browser import Browser
from limen.http.cors import CrossOrigin
from limen.http.edge import Edge
from limen.http.proxies import Proxies
from limen.http.references import References
from limen.http.route import Endpoint, Route
from limen.http.router import ResolveTenant, Router
from limen.http.static import StaticFiles
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.pages.setup import SetupPage
from limen.pages.static import assets
from limen.pages.views import Views
from limen.ports import Ports
from limen.protocol.answer import Page
from limen.protocol.message import Message
from limen.protocol.policy import Policies
from limen.routes import page_routes, protocol_routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a process adds to the rooms: the addresses it answers for, proxies, witnesses, further routes."""

    hosts: Mapping[str, str]  # Host header -> our public base URL
    proxies: Proxies = field(default_factory=Proxies)
    server: Settings | None = None
    routes: Sequence[Route] = ()  # operations, the demo application
    home: Endpoint | None = None
    witnesses: tuple[Witness, ...] = ()
    on_start: tuple[Hook, ...] = ()
    on_stop: tuple[Hook, ...] = ()


def site(ports: Ports, around: Surroundings) -> Application:
    """Return the ASGI application."""
    rooms = furnish(ports, server=around.server)
    routes = (
        *protocol_routes(rooms),
        *page_routes(rooms, home=around.home or _home, setup=SetupPage(ports), static=StaticFiles(assets())),
        *around.routes,
    )
    origins = Origins(ports.storage, Policies(around.server), ports.clock)
    return Application(
        edge=Edge(around.hosts, around.proxies),
        router=Router(routes, resolver(ports)),
        cross_origin=CrossOrigin(origins.allowed),
        browser=Browser(Views(), ports.clock),
        references=References(ports.entropy),
        witnesses=around.witnesses,
        on_start=around.on_start,
        on_stop=(rooms.finish, *around.on_stop),
    )


def resolver(ports: Ports) -> ResolveTenant:
    """Return the look-up of tenants by name; a tenant's keys are ready before its first request goes on."""

    async def resolve(name: str) -> Tenant | None:
        tenant = await ports.storage.tenant(name)
        if tenant is not None:
            await ports.keys.load(tenant.tenant_id)
        return tenant

    return resolve


async def _home(_: Message) -> Page:
    return Page(name="home")
