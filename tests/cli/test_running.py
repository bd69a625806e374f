"""`limen dev` and `limen serve` as processes of their own, used as a person and a program would."""

import base64
import contextlib
import http.cookiejar
import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

import pytest

from limen.demo.apps import SECRET
from limen.demo.cast import PEOPLE
from tests.cli.conftest import Cli

PATIENCE = 30


@contextlib.contextmanager
def limen(*arguments, cwd):
    process = subprocess.Popen(
        [sys.executable, "-m", "limen.cli.__main__", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def get(url, *, data=None, headers=None):
    """Return status and body."""
    request = urllib.request.Request(url, data=data, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def wait_for(url):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if get(f"{url}/health/ready")[0] == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"{url} is not ready")


def token(issuer, client_id, secret):
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    form = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    status, body = get(f"{issuer}/oauth2/token", data=b"grant_type=client_credentials", headers=form)
    return status, json.loads(body)


class Browser:
    """Keeps cookies, follows redirects, fills in the one form of a page."""

    def __init__(self):
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy()))
        )

    def open(self, url, form=None):
        headers = {"Origin": "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(url))} if form else {}
        data = urllib.parse.urlencode(form).encode() if form else None
        with self._opener.open(urllib.request.Request(url, data=data, headers=headers), timeout=10) as answer:
            return answer.url, answer.read().decode()

    def submit(self, url, page, **filled):
        action = re.search(r'<form[^>]* action="([^"]*)"', page)
        return self.open(urllib.parse.urljoin(url, action[1]), [*hidden(page), *filled.items()])


def hidden(page):
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            at = dict(attributes)
            if tag == "input" and (at.get("type") == "hidden" or "checked" in at):
                found.append((at["name"], at.get("value") or "on"))

    Reader().feed(page)
    return found


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    """The address of a running `limen dev`, with the command line for its folder."""
    folder = tmp_path_factory.mktemp("dev")
    with limen("dev", "--port", "0", cwd=folder) as process:
        mark = folder / ".limen" / "DEVELOPMENT"
        end = time.monotonic() + PATIENCE
        while not (mark.exists() and mark.read_text()) and time.monotonic() < end:
            assert process.poll() is None, process.stdout.read()
            time.sleep(0.05)
        issuer = mark.read_text().strip()
        wait_for(issuer)
        yield issuer, Cli(folder / ".limen")


def test_dev_needs_nothing_and_serves_two_issuers(dev):
    issuer, _ = dev

    for address in (issuer, f"{issuer}/t/demo"):
        status, body = get(f"{address}/.well-known/openid-configuration")
        assert status == 200
        assert json.loads(body)["issuer"] == address
        assert token(address, "demo-service", SECRET)[0] == 200


@pytest.mark.parametrize("prefix", ["", "/t/demo"])
def test_dev_signs_alice_in_to_the_demonstration(dev, prefix):
    issuer, _ = dev
    browser, alice = Browser(), PEOPLE[0]

    url, page = browser.open(f"{issuer}{prefix}/demo")
    url, page = browser.submit(url, page, username=alice.username, password=alice.password)
    if "/i/" in url:
        url, page = browser.submit(url, page, allow="1")

    assert url == f"{issuer}{prefix}/demo/tokens"
    assert "alice@example.com" in page


def test_people_of_dev_have_every_standard_claim(dev):
    from limen.model.scope import STANDARD_CLAIMS

    _, cli = dev

    claims = cli.json("user", "show", "bob", "--tenant", "demo")["claims"]

    assert {definition.claim for definition in STANDARD_CLAIMS} <= claims.keys()
    assert {"formatted", "street_address", "locality", "region", "postal_code", "country"} == claims[
        "address"
    ].keys()


def test_a_change_on_the_command_line_shows_in_the_running_server_within_a_second(dev):
    issuer, cli = dev
    secret = cli.json("app", "create", "New", "--template", "service", "--client-id", "new")["client_secret"]

    time.sleep(1)
    assert token(issuer, "new", secret)[0] == 200
    cli.ok("app", "update", "new", "--set", "limen_enabled=false")
    time.sleep(1)
    assert token(issuer, "new", secret)[1]["error"] == "invalid_client"


def test_dev_listens_for_this_machine_alone_and_deletes_no_folder_of_others(tmp_path):
    cli = Cli(tmp_path)

    assert cli("dev", "--host", "0.0.0.0").exit_code == 2
    (tmp_path / "precious").write_text("mine")
    result = cli("dev", "--fresh", "--data", str(tmp_path))
    assert result.exit_code == 5
    assert (tmp_path / "precious").exists()


def test_serve_refuses_a_folder_made_by_dev(dev):
    _, cli = dev

    result = cli("serve")

    assert result.exit_code == 3
    assert "limen dev" in result.output


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serve_serves_and_stops_when_it_is_told(tmp_path, workers):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    issuer, cli = f"http://127.0.0.1:{port}", Cli(tmp_path)
    options = ("--issuer", issuer, "--bind", f"127.0.0.1:{port}", "--non-interactive")
    cli.ok("init", "--dir", str(tmp_path), *options)
    secret = cli.json("app", "create", "S", "--template", "service", "--client-id", "svc")["client_secret"]

    with limen("serve", "--data", str(tmp_path), "--workers", workers, cwd=tmp_path) as process:
        wait_for(issuer)
        assert token(issuer, "svc", secret)[0] == 200
        assert token(issuer, "svc", "wrong")[0] == 401
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode == 0, said
    assert secret not in said
