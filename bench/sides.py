"""Both servers set up alike: the same clients, person, lifetimes and algorithms."""

import asyncio
import base64
import os
import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.load import basic
from bench.servers import Server

HERE = Path(__file__).parent
REDIRECT_URI = "http://127.0.0.1:9/cb"
SECRET = "lm_cs_" + secrets.token_urlsafe(32)
USERNAME, PASSWORD = "jane", "jane-password"


@dataclass(frozen=True)
class Op:
    """Where a provider's endpoints are, and how the web client proves itself."""

    name: str
    discovery: str
    jwks: str
    authorize: str
    token: str
    userinfo: str
    introspect: str
    client_id: str = "web"
    redirect_uri: str = REDIRECT_URI

    @property
    def authorization(self):
        return basic(self.client_id, SECRET)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def start_peer(folder):
    """Start oidc-provider with its in-memory adapter."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    op = Op(
        name="oidc-provider",
        discovery=f"{base}/.well-known/openid-configuration",
        jwks=f"{base}/jwks",
        authorize=f"{base}/auth",
        token=f"{base}/token",
        userinfo=f"{base}/me",
        introspect=f"{base}/token/introspection",
    )
    env = {"BENCH_SECRET": SECRET, "NODE_ENV": "production"}
    command = ["node", "peer.mjs", str(port)]
    return op, Server(command, op.discovery, env=env, cwd=HERE, log=folder / "peer.log")


def start_limen(folder, database, *, fast_hash=False):
    """Start `limen serve` with one worker over `database`."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "master.key"
    key.touch(mode=0o600)
    key.write_text(base64.b64encode(os.urandom(32)).decode())
    config = folder / "limen.toml"
    config.write_text(
        f'issuer = "{base}"\n[server]\nbind = "127.0.0.1:{port}"\n'
        f'[database]\nurl = "{database}"\n[secrets]\nmaster_key_file = "{key}"\n'
    )
    asyncio.run(_seed(config, base, fast_hash=fast_hash))
    op = Op(
        name="limen",
        discovery=f"{base}/.well-known/openid-configuration",
        jwks=f"{base}/oauth2/jwks",
        authorize=f"{base}/oauth2/authorize",
        token=f"{base}/oauth2/token",
        userinfo=f"{base}/oauth2/userinfo",
        introspect=f"{base}/oauth2/introspect",
    )
    command = [sys.executable, "-m", "limen.cli", "serve", "--config", str(config)]
    return op, Server(command, f"{base}/health/ready", log=folder / "limen.log")


async def _seed(config_path, base, *, fast_hash):
    from argon2 import PasswordHasher

    from limen.app.ports import open_ports
    from limen.config import read_config
    from limen.model.client import Client, ClientSecret
    from limen.model.person import Person
    from limen.model.scope import STANDARD_SCOPES, Scope, ScopeDefinition
    from limen.model.settings import Settings
    from limen.model.tenant import Tenant
    from limen.ports.storage import Put
    from limen.tokens.digest import digest

    class Silent:
        def emit(self, name, /, **facts):
            pass

    def service(client_id, **settings):
        return client(client_id, grant_types=frozenset({"client_credentials"}), settings=Settings(**settings))

    def client(client_id, **fields):
        return Client(
            tenant_id="root",
            client_id=client_id,
            client_secrets=(ClientSecret(secret_id="1", digest=digest(SECRET)),),
            **fields,
        )

    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if fast_hash else None
    async with open_ports(read_config(config_path), Silent()) as ports:
        hashed = hasher.hash(PASSWORD) if hasher else await ports.passwords.hash(PASSWORD)
        claims = {"name": "Jane", "email": "jane@example.com", "email_verified": True}
        scopes = (*STANDARD_SCOPES, ScopeDefinition(scope="api"))
        await ports.storage.commit(
            Put(Tenant(tenant_id="root", name="", issuer=base, scopes=scopes)),
            Put(Person(tenant_id="root", sub="jane", username=USERNAME, password_hash=hashed, claims=claims)),
            Put(service("opaque")),
            Put(service("rs256", access_token_format="jwt", access_token_signing_alg="RS256")),
            Put(service("es256", access_token_format="jwt", access_token_signing_alg="ES256")),
            Put(
                client(
                    "web",
                    redirect_uris=(REDIRECT_URI,),
                    grant_types=frozenset({"authorization_code", "refresh_token"}),
                    scope=Scope.parse("openid profile email offline_access api"),
                    settings=Settings(
                        refresh_token_rotation=True, refresh_token_grace=0, allow_introspection=True
                    ),
                )
            ),
        )
        await ports.keys.load("root")
