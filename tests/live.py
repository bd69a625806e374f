"""A real server process with its own database, for clients that speak over the network.

with live_server(folder, "sqlite://…/limen.db", seed) as live:   # live.base is its address
"""

import asyncio
import base64
import contextlib
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil

from limen.app.ports import open_ports
from limen.config import read_config
from limen.model.client import Client, ClientSecret
from limen.model.person import Person
from limen.model.scope import Scope
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.ports.storage import Put
from limen.tokens.digest import digest
from limen.tokens.hmac_secret import PURPOSE
from tests import services
from tests.world import CLAIMS, PASSWORD, SECRET


class Silent:
    """Events nobody hears."""

    def emit(self, name, /, **facts):
        pass


@dataclass
class Live:
    """A server, running."""

    base: str
    config: Path
    log: Path
    probe: str
    environment: dict
    process: subprocess.Popen | None = None

    def start(self):
        """Start the server, once more if it was stopped, and wait until it is ready."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "limen.cli", "serve", "--config", str(self.config)],
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
            )
        _wait(self.probe, self.process, self.log)

    def workers(self):
        """Return the processes behind the socket."""
        return psutil.Process(self.process.pid).children()

    def kill(self):
        """End all its processes at once, as a power cut would."""
        everybody = [psutil.Process(self.process.pid), *self.workers()]
        for one in everybody:
            one.kill()
        self.process.wait()
        psutil.wait_procs(everybody, 10)

    def logged(self, text, patience=10):
        """Return the log once it has `text` in it: a line is written a moment after its answer."""
        end = time.monotonic() + patience
        while text not in self.log.read_text():
            assert time.monotonic() < end, text
            time.sleep(0.05)
        return self.log.read_text()

    def run(self, work):
        """Run `async work(seed)` against the server's own store, as another process would."""
        return asyncio.run(_with_seed(self.config, self.base, work))


class Seed:
    """Puts tenants, clients and people into the store of a server."""

    def __init__(self, ports, base):
        self.ports, self.base = ports, base

    async def tenant(self, name="", *, issuer=None, **fields):
        tenant_id = f"tenant-{name or 'root'}"
        issuer = issuer or (f"{self.base}/t/{name}" if name else self.base)
        await self.ports.storage.commit(Put(Tenant(tenant_id=tenant_id, name=name, issuer=issuer, **fields)))
        await self.ports.keys.load(tenant_id)
        return tenant_id

    async def client(self, client_id, *, tenant_id="tenant-root", settings=None, secret=SECRET, **fields):
        secrets = ()
        if fields.get("token_endpoint_auth_method", "client_secret_basic").startswith("client_secret"):
            await self.ports.keys.load(tenant_id)
            sealed = self.ports.keys.seal(tenant_id, PURPOSE, secret.encode())
            secrets = (ClientSecret(secret_id="1", digest=digest(secret), sealed=sealed),)
        if isinstance(fields.get("scope"), str):
            fields["scope"] = Scope.parse(fields["scope"])
        client = Client(
            tenant_id=tenant_id,
            client_id=client_id,
            client_name=fields.pop("client_name", client_id),
            client_secrets=secrets,
            settings=Settings(**({"allow_introspection": True} | (settings or {}))),
            **fields,
        )
        await self.ports.storage.commit(Put(client))
        return client

    async def person(self, username="alice", *, tenant_id="tenant-root", **fields):
        person = Person(
            tenant_id=tenant_id,
            sub=f"sub-{username}",
            username=username,
            password_hash=await self.ports.passwords.hash(PASSWORD),
            claims=fields.pop("claims", CLAIMS),
            **fields,
        )
        await self.ports.storage.commit(Put(person))
        return person


@contextlib.contextmanager
def live_server(folder, database, seed, *, tls=None, server="", workers=1, environment=None, proxy=None):
    """Give a Live server over `database`; `tls` is (certificate, key) files, `server` further settings.

    `proxy` is (port of the server, base URL) where a proxy stands in front of it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    port, base = proxy or (services.free_port(), "")
    base = base or f"{'https' if tls else 'http'}://localhost:{port}"
    config = _configured(folder, base, port, database=database, tls=tls, server=server, workers=workers)
    asyncio.run(_with_seed(config, base, seed))
    probe = f"http://localhost:{port}/health/ready" if proxy else f"{base}/health/ready"
    live = Live(base, config, folder / "limen.log", probe, environment or {})
    try:
        live.start()
        yield live
    finally:
        services.stop(live.process, 30)


def _configured(folder, base, port, *, database, tls, server, workers):
    key = folder / "master.key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(base64.b64encode(os.urandom(32)).decode())
    files = f'tls_certificate = "{tls[0]}"\ntls_key = "{tls[1]}"\n' if tls else ""
    config = folder / "limen.toml"
    config.write_text(
        f'issuer = "{base}"\n[server]\nbind = "127.0.0.1:{port}"\nworkers = {workers}\n{files}{server}\n'
        f'[database]\nurl = "{database}"\n[secrets]\nmaster_key_file = "{key}"\n'
    )
    return config


async def _with_seed(config, base, work):
    async with open_ports(read_config(config), Silent()) as ports:
        return await work(Seed(ports, base))


def _wait(url, process, log, patience=30):
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped: {log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(url, timeout=5, context=trusting):
                return
        except urllib.error.HTTPError as answer:
            with answer:
                if answer.code < 500:
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise TimeoutError(url)
