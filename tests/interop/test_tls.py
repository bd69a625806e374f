"""The main job over HTTPS: with our own certificate files, and behind nginx; client certificates by curl."""

import contextlib
import json
import re
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
import requests

from tests import services
from tests.identity import Identity
from tests.interop.conftest import everybody
from tests.interop.person import Person
from tests.interop.test_node_clients import run
from tests.live import live_server
from tests.world import SECRET

NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid;
error_log {folder}/error.log; events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {server.chain}; ssl_certificate_key {server.secret};
    ssl_client_certificate {authority.chain}; ssl_verify_client optional;
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      {headers}
    }}
  }}
}}
"""
PAGE = (Path(__file__).parents[2] / "docs/guide/operations.md").read_text()
HEADERS = "\n".join(re.findall(r"^ +(proxy_set_header .*;)", PAGE, re.MULTILINE))
PROXIED = 'trusted_proxies = ["127.0.0.1"]\nclient_certificate_header = "x-ssl-client-cert pem"\n'


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Keys with certificates of one authority, and one that nobody vouches for."""
    folder = tmp_path_factory.mktemp("people")
    authority = Identity(folder, "authority", signs=True)
    made = {name: Identity(folder, name, authority) for name in ("server", "member", "other")}
    return {**made, "authority": authority, "stranger": Identity(folder, "stranger", signs=True)}


async def with_machines(seed):
    await everybody(seed)
    await seed.client(
        "machine",
        token_endpoint_auth_method="tls_client_auth",
        tls_client_auth_subject_dn="CN=member",
        tls_client_certificate_bound_access_tokens=True,
        grant_types=frozenset({"client_credentials"}),
    )


@pytest.fixture(scope="module")
def own(tmp_path_factory, people):
    """A server with its own certificate."""
    folder, server = tmp_path_factory.mktemp("own"), people["server"]
    with live_server(
        folder, f"sqlite://{folder}/limen.db", everybody, tls=(server.chain, server.secret)
    ) as live:
        yield live


@pytest.fixture(scope="module")
def behind(tmp_path_factory, people):
    """A server behind nginx, which speaks TLS for it."""
    folder = tmp_path_factory.mktemp("behind")
    behind, database = services.free_port(), f"sqlite://{folder}/limen.db"
    settings = f'{PROXIED}tls_client_ca = "{people["authority"].chain}"'

    def nginx(port):
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=port, behind=behind, headers=HEADERS, **people))
        return [services.program("nginx"), "-p", str(folder), "-c", str(config), "-e", f"{folder}/error.log"]

    with (
        services.server(nginx) as (port, _),
        live_server(
            folder,
            database,
            with_machines,
            server=settings,
            proxy=(behind, f"https://localhost:{port}"),
        ) as live,
    ):
        live.behind = behind
        yield live


@pytest.fixture(params=["own", "behind"])
def secured(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("script", ["oauth4webapi.mjs", "openid_client.mjs"])
def test_clients_of_others_go_the_main_job_over_https(secured, people, script):
    run(script, secured.base, NODE_EXTRA_CA_CERTS=people["authority"].chain)


def test_cookies_belong_to_the_host_and_browsers_are_kept_on_https(secured, people):
    person = Person(verify=people["authority"].chain)
    asked = {
        "client_id": "basic",
        "redirect_uri": "http://127.0.0.1:9/cb",
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    start = requests.Request("GET", f"{secured.base}/oauth2/authorize", params=asked).prepare().url

    assert "code=" in person.visit(start)

    kept = {cookie.name: cookie for cookie in person.session.cookies}
    assert len(kept) >= 3
    for name, cookie in kept.items():
        assert cookie.secure, name
        assert name.startswith(("__Host-lm_", "lm_bs_")), name
        assert (cookie.path, cookie.domain_specified) == ("/", False)
        assert cookie.has_nonstandard_attr("HttpOnly") == name.startswith("__Host-"), name
    page = person.session.get(secured.base, timeout=10)
    assert "max-age=31536000" in page.headers["strict-transport-security"]


def test_old_tls_is_refused(own, people):
    port = int(own.base.rpartition(":")[2])
    context = ssl.create_default_context(cafile=people["authority"].chain)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context.minimum_version = context.maximum_version = version
        with (
            socket.create_connection(("localhost", port)) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as spoken,
        ):
            assert spoken.version() == version.name.replace("_", ".")
    # What this machine's libraries no longer speak, OpenSSL's own program still tries.
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"localhost:{port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode != 0
    assert "Cipher is (NONE)" in done.stdout


def test_http_to_a_tls_port_is_refused(own):
    with pytest.raises(requests.ConnectionError):
        requests.get(own.base.replace("https", "http"), timeout=5)


def test_headers_of_others_are_not_believed(behind, people):
    told = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "http"}
    found = requests.get(
        f"{behind.base}/.well-known/openid-configuration",
        headers=told,
        verify=people["authority"].chain,
        timeout=10,
    ).json()
    assert found["issuer"] == behind.base
    assert all("evil" not in str(value) for value in found.values())

    # Round the proxy, in the clear: another host is nobody's, and whoever is no proxy tells no certificate.
    straight = f"http://127.0.0.1:{behind.behind}/.well-known/openid-configuration"
    assert requests.get(straight, headers={"Host": "evil.test"}, timeout=10).status_code == 421
    host = {"Host": behind.base.removeprefix("https://")}
    assert requests.get(straight, headers={**host, **told}, timeout=10).status_code == 403


def curl(behind, people, who, path, *more):
    """Let Debian's curl speak with somebody's certificate; return status and JSON."""
    trusted = people["authority"].chain
    own = ["--cert", people[who].chain, "--key", people[who].secret] if who else []
    done = subprocess.run(
        ["curl", "-sw", "\n%{http_code}", "--cacert", trusted, *own, *more, f"{behind.base}{path}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    body, _, status = done.stdout.rpartition("\n")
    with contextlib.suppress(ValueError):
        return int(status), json.loads(body)
    return int(status), body


def test_a_client_certificate_is_who_the_client_is(behind, people):
    asked = ("/oauth2/token", "-d", "grant_type=client_credentials", "-d", "client_id=machine")

    status, told = curl(behind, people, "member", *asked)
    assert (status, told["token_type"]) == (200, "Bearer")
    for who in (None, "other"):
        assert curl(behind, people, who, *asked)[1]["error"] == "invalid_client"
    # nginx itself sends away whom its authority does not know.
    assert curl(behind, people, "stranger", *asked)[0] == 400
    # A header of the client's own is overwritten by the proxy.
    forged = ("-H", "X-SSL-Client-Cert: forged")
    assert curl(behind, people, None, *asked, *forged)[1]["error"] == "invalid_client"

    seen = requests.post(
        f"{behind.base}/oauth2/introspect",
        auth=("basic", SECRET),
        data={"token": told["access_token"]},
        verify=people["authority"].chain,
        timeout=10,
    ).json()
    assert seen["active"] is True
    assert len(seen["cnf"]["x5t#S256"]) == 43


def test_a_bound_token_is_refused_over_another_certificate(behind, people):
    asked = ("/oauth2/token", "-d", "grant_type=client_credentials", "-d", "client_id=machine")
    _, told = curl(behind, people, "member", *asked)
    bearer = ("-H", f"Authorization: Bearer {told['access_token']}", "-i")

    told = {who: curl(behind, people, who, "/oauth2/userinfo", *bearer) for who in ("member", "other", None)}

    # The machine has no openid scope: that is what is missing with the right certificate.
    assert told["member"][0] == 403
    assert "insufficient_scope" in told["member"][1]
    for who in ("other", None):
        assert told[who][0] == 401
        assert "invalid_token" in told[who][1]
