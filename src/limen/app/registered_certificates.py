"""Let the certificates that clients registered through our own TLS listener (RFC 8705 §2.2, §3)."""

import asyncio
import ssl
from dataclasses import dataclass, field

from limen.http.tls import trust
from limen.model.client import Client
from limen.ports import Ports
from limen.protocol.certificate import registered

_PAGE = 200
_EVERYTHING = ("", "")


@dataclass(frozen=True, slots=True)
class RegisteredCertificates:
    """Trusts what clients have at the start, and follows their changes; `http.tls` says what trust means.

    A context forgets nothing: a certificate that is no longer registered passes the handshake until the
    next start, and proves nobody then, for `client_auth` looks at the client as it is.
    """

    context: ssl.SSLContext
    ports: Ports
    _changed: asyncio.Queue[tuple[str, str]] = field(default_factory=asyncio.Queue, init=False)
    _elsewhere: set[tuple[str, str]] = field(default_factory=set, init=False)

    def heard(self, topic: str, tenant_id: str, key: str) -> None:
        """Take news of the store."""
        if topic == "client":
            self._changed.put_nowait((tenant_id, key))
        elif topic == "everything":
            self._changed.put_nowait(_EVERYTHING)

    def ask_again(self) -> None:
        """Have the documents behind each jwks_uri read anew; the fetcher decides what is fresh enough."""
        for place in tuple(self._elsewhere):
            self._changed.put_nowait(place)

    async def load(self) -> None:
        """Trust the certificates of every client; those behind a jwks_uri are not waited for."""
        for tenant in await self.ports.storage.tenants():
            after = ""
            while page := await self.ports.storage.clients(tenant.tenant_id, after=after, limit=_PAGE):
                for client in filter(_may_show_its_own, page):
                    if client.jwks_uri is None:
                        await self._trust(client)
                    else:
                        self._changed.put_nowait((client.tenant_id, client.client_id))
                after = page[-1].client_id

    async def follow(self) -> None:
        """Run until cancelled."""
        while True:
            place = await self._changed.get()
            try:
                await self._read(place)
            except Exception as fault:  # noqa: BLE001 -- the next client may be read again
                self.ports.events.emit("certificates.unread", fault=type(fault).__name__)

    async def _read(self, place: tuple[str, str]) -> None:
        if place == _EVERYTHING:
            await self.load()
            return
        client = await self.ports.storage.client(*place)
        self._elsewhere.discard(place)
        if client is None or not _may_show_its_own(client):
            return
        if client.jwks_uri is not None:
            self._elsewhere.add(place)
        await self._trust(client)

    async def _trust(self, client: Client) -> None:
        trust(self.context, registered(await self.ports.client_keys.of(client)))


def _may_show_its_own(client: Client) -> bool:
    """RFC 8705 §2.2 to prove itself, §4 to bind a public client's tokens."""
    return (
        client.token_endpoint_auth_method == "self_signed_tls_client_auth"
        or client.tls_client_certificate_bound_access_tokens
        or client.settings.token_binding_type == "certificate"
    )
