"""A small authority of our own, TLS servers on loopback, and a resolver that knows what a test tells it."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import ssl

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from limen.outbound.fetch import GuardedFetcher
from tests.identity import uses

NOW = dt.datetime.now(dt.UTC)


class Authority:
    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self.certificate = (
            self._builder(self.name, self.key.public_key(), 365, self.name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(uses(signs=True), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        self.file = folder / "ca.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _builder(self, subject, public, days, issuer):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - dt.timedelta(days=10))
            .not_valid_after(NOW + dt.timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )

    def context(self, *names, days=30, signed=True, complete=True):
        """A server's TLS context for the names; expired, self-signed or incomplete on request."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        alternatives = [
            x509.IPAddress(ipaddress.ip_address(n)) if n[0].isdigit() else x509.DNSName(n) for n in names
        ]
        issuer, signer = (self.name, self.key) if signed else (subject, key)
        builder = self._builder(subject, key.public_key(), days, issuer)
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        if complete:
            by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
            builder = builder.add_extension(by, critical=False)
        certificate = builder.sign(signer, hashes.SHA256())
        file = self.folder / f"{x509.random_serial_number()}.pem"
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


class Server:
    """A web server that remembers what it was asked; `answer` may be replaced by a test."""

    def __init__(self):
        self.requests = []
        self.port = 0

    async def answer(self, request):
        return web.json_response({"hello": "you"})

    async def handle(self, request):
        self.requests.append((request.method, request.path_qs, dict(request.headers), await request.read()))
        return await self.answer(request)


class Canary:
    """A listener that only counts who connects."""

    def __init__(self):
        self.connections = 0
        self.port = 0

    def connected(self, reader, writer):
        self.connections += 1
        writer.close()


class Log:
    def __init__(self):
        self.lines = []

    def emit(self, name, /, **facts):
        self.lines.append((name, facts))


class Clock:
    def __init__(self):
        self.time = 1_800_000_000

    def now(self):
        return self.time


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
async def serve(authority):
    """Return a function that starts a TLS server for the names, or a plain one for none."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(*names, **how):
            server = Server()
            app = web.Application()
            app.router.add_route("*", "/{rest:.*}", server.handle)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            context = authority.context(*names, **how) if names else None
            site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
            await site.start()
            server.port = runner.addresses[0][1]
            return server

        yield start


@pytest.fixture
async def canary():
    """Listen on 127.0.0.1 and count the connections."""
    bird = Canary()
    server = await asyncio.start_server(bird.connected, "127.0.0.1", 0)
    bird.port = server.sockets[0].getsockname()[1]
    yield bird
    server.close()


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def make_fetcher(authority, clock, log):
    """Return a function that makes a fetcher; `names` says what the resolver knows."""
    made = []

    def make(names=None, allow=(), ca_file=authority.file):
        async def resolve(host, port):
            found = (names or {}).get(host)
            if found is None:
                raise OSError("unknown name")
            return [found] if isinstance(found, str) else found

        fetcher = GuardedFetcher(
            clock=clock, events=log, allow=allow, ca_file=str(ca_file) if ca_file else None, resolve=resolve
        )
        made.append(fetcher)
        return fetcher

    yield make
    for fetcher in made:
        await fetcher.close()
