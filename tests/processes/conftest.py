"""A server of three workers on each database, and ways to reach each of its workers."""

import base64
import hashlib
import http.client
import json
import time
from urllib.parse import parse_qsl, urlencode, urlsplit

import psutil
import pytest

from tests.interop.person import Person
from tests.live import live_server
from tests.proofs import ClientKey
from tests.world import SECRET

WORKERS = 3
CALLBACK = "http://127.0.0.1:9/cb"
VERIFIER = "p" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
KEY = ClientKey("ES256")
BASIC = {"authorization": "Basic " + base64.b64encode(f"web:{SECRET}".encode()).decode()}
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def everybody(seed):
    """One client for each question."""
    grants = frozenset({"authorization_code", "refresh_token", "client_credentials"})
    common = {"redirect_uris": (CALLBACK,), "grant_types": grants}
    for name in ("", "other"):
        tenant_id = await seed.tenant(name)
        await seed.person(tenant_id=tenant_id)
        await seed.client("web", tenant_id=tenant_id, settings={"consent": "trusted"}, **common)
    await seed.person("carol")
    for client_id, grace in (("strict", 0), ("graceful", 10)):
        settings = {"consent": "trusted", "refresh_token_rotation": True, "refresh_token_grace": grace}
        await seed.client(client_id, settings=settings, **common)
    await seed.client(
        "machine", token_endpoint_auth_method="private_key_jwt", jwks=KEY.jwks, grant_types=grants
    )


def served(folder, database, **how):
    """A server with the usual clients."""
    return live_server(folder, database, everybody, workers=WORKERS, **how)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/limen.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def live(request, tmp_path_factory):
    """A server that the tests which break nothing share."""
    folder = tmp_path_factory.mktemp(f"workers-{request.param}")
    if request.param == "sqlite":
        with served(folder, f"sqlite://{folder}/limen.db") as live:
            yield live
        return
    with request.getfixturevalue("postgres").database() as url, served(folder, url) as live:
        yield live


class Browser:
    """A person's browser that is signed in, and gets codes without a page."""

    def __init__(self, live, username="alice", tenant=""):
        self.base = live.base + tenant
        self.person = Person(username=username)
        self.code()

    def start(self, client_id="web", **params):
        asked = {
            "client_id": client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **params,
        }
        return f"{self.base}/oauth2/authorize?{urlencode(asked)}"

    def answer(self, client_id="web", **params):
        """Return what the browser brings home."""
        return dict(parse_qsl(urlsplit(self.person.visit(self.start(client_id, **params))).query))

    def code(self, client_id="web"):
        return self.answer(client_id)["code"]


def redemption(code, client_id="web"):
    """The form that redeems a code."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "client_id": client_id,
    }


def basic(client_id="web"):
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{SECRET}".encode()).decode()}


class Line:
    """One kept connection, to one worker."""

    def __init__(self, base):
        parts = urlsplit(base)
        self.base = base
        self.connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=20)
        self.host = {"host": parts.netloc}
        self.connection.connect()
        self.port = self.connection.sock.getsockname()[1]

    def _answer(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body, {**self.host, **(headers or {})})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        return answer.status, json.loads(text) if text.startswith("{") else text

    def get(self, path, **headers):
        return self._answer("GET", path, headers=headers)

    def post(self, path, form, **headers):
        return self._answer("POST", path, urlencode(form), {**FORM, **headers})

    def redeem(self, code, client_id="web", tenant=""):
        return self.post(f"{tenant}/oauth2/token", redemption(code, client_id), **basic(client_id))

    def refresh(self, token, client_id="web"):
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self.post("/oauth2/token", form, **basic(client_id))

    def is_active(self, token, tenant=""):
        return self.post(f"{tenant}/oauth2/introspect", {"token": token}, **BASIC)[1]["active"]

    def userinfo(self, token, tenant=""):
        return self.get(f"{tenant}/oauth2/userinfo", authorization=f"Bearer {token}")[0]

    def close(self):
        self.connection.close()


class Lines:
    """One line to each worker."""

    def __init__(self, live):
        wanted = {worker.pid for worker in live.workers()}
        assert len(wanted) == WORKERS
        found, spare = {}, []
        end = time.monotonic() + 20
        while set(found) != wanted and time.monotonic() < end:
            line = Line(live.base)
            line.get("/health/live")  # answered, it is some worker's
            pid = next(pid for pid in wanted if line.port in _peers(pid))
            if pid in found:
                spare.append(line)
            else:
                found[pid] = line
        for line in spare:
            line.close()
        assert set(found) == wanted
        self.all = list(found.values())

    def __iter__(self):
        return iter(self.all)

    def within_a_second(self, question, expected):
        """All workers give the answer a second from now at the latest."""
        end = time.monotonic() + 1
        while True:
            late = time.monotonic() >= end
            answers = [question(line) for line in self.all]
            if answers == [expected] * len(self.all):
                return
            assert not late, answers
            time.sleep(0.05)

    def close(self):
        for line in self.all:
            line.close()


def _peers(pid):
    return {c.raddr.port for c in psutil.Process(pid).net_connections("tcp") if c.raddr}


@pytest.fixture
def lines(live):
    """One line to each worker of the shared server."""
    made = Lines(live)
    yield made
    made.close()


@pytest.fixture
def browser(live):
    return Browser(live)
