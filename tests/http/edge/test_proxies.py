"""Whose word is taken for the peer's address and certificate."""

import base64
from ipaddress import ip_network
from urllib.parse import quote

import pytest

from limen.http.proxies import CertificateHeader, Proxies
from tests.http.asgi_client import AsgiClient
from tests.http.edge.small import BASE, application

DER = bytes([0x30, 0x82, 1, 0]) + bytes(256)
PEM = "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(DER).decode() + "-----END CERTIFICATE-----\n"
TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


def behind(proxies, peer="10.0.0.1"):
    return AsgiClient(application(proxies=proxies), BASE, client=(peer, 1))


async def source(client, **headers):
    return (await client.get("/register/new", headers=headers)).json()["source"]


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.2.2.2", "203.0.113.7"),
        ("10.3.3.3, 10.2.2.2", "10.3.3.3"),
        ("203.0.113.7, nonsense, 10.2.2.2", "10.2.2.2"),
        ("nonsense", "10.0.0.1"),
        ("2001:db8::1, 2a00::1", "2a00::1"),
    ],
)
async def test_the_rightmost_address_that_is_no_proxys_is_the_peers(told, address):
    client = behind(Proxies(networks=TRUSTED))

    assert await source(client, **{"X-Forwarded-For": told}) == address


async def test_only_the_configured_family_is_read():
    client = behind(Proxies(networks=TRUSTED, family="forwarded"))

    assert await source(client, **{"X-Forwarded-For": "203.0.113.7"}) == "10.0.0.1"
    assert await source(client, Forwarded='for="[2a00::1]:99";proto=https') == "2a00::1"


async def test_a_stranger_is_not_believed():
    client = behind(Proxies(networks=TRUSTED), peer="192.0.2.1")

    assert await source(client, **{"X-Forwarded-For": "203.0.113.7"}) == "192.0.2.1"


async def test_a_proxy_that_was_reached_in_the_clear_tells_so():
    client = behind(Proxies(networks=TRUSTED))
    client.app.edge.hosts["plain.test"] = BASE

    refused = await client.send("GET", "http://plain.test/register/new", [("X-Forwarded-Proto", "http")])
    taken = await client.send("GET", "http://plain.test/register/new", [("X-Forwarded-Proto", "https")])

    assert (refused.status, taken.status) == (403, 200)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("for=192.0.2.1;proto=http", 403),
        ('for=192.0.2.1;PROTO="HTTP"', 403),
        ("proto=https, for=192.0.2.1;proto=http", 403),
        ("proto=http, for=192.0.2.1;proto=https", 200),
        ("for=192.0.2.1;proto=HTTPS", 200),
        ("for=192.0.2.1", 200),
    ],
)
async def test_a_proxy_that_was_reached_in_the_clear_tells_so_in_the_standards_header_too(told, status):
    client = behind(Proxies(networks=TRUSTED, family="forwarded"))
    client.app.edge.hosts["plain.test"] = BASE

    assert (
        await client.send("GET", "http://plain.test/register/new", [("Forwarded", told)])
    ).status == status


async def test_a_proxy_that_tells_nothing_of_the_scheme_in_its_own_headers_is_believed():
    for proxies, headers in [
        (Proxies(networks=TRUSTED), []),
        (Proxies(networks=TRUSTED, family="forwarded"), [("X-Forwarded-Proto", "http")]),
    ]:
        client = behind(proxies)
        client.app.edge.hosts["plain.test"] = BASE

        assert (await client.send("GET", "http://plain.test/register/new", headers)).status == 200


@pytest.mark.parametrize(
    ("peer", "status"),
    [("192.0.2.1", 403), ("::ffff:192.0.2.1", 403), ("127.0.0.1", 200), ("::1", 200), ("a socket", 200)],
)
async def test_who_is_no_proxy_must_use_tls_where_our_url_has_it_unless_from_this_machine(peer, status):
    client = behind(Proxies(networks=TRUSTED), peer)
    client.app.edge.hosts["plain.test"] = BASE

    assert (await client.send("GET", "http://plain.test/register/new", [])).status == status


async def test_a_peer_without_an_address_is_served():
    client = AsgiClient(application(proxies=Proxies(networks=TRUSTED)), BASE, client=None)

    assert await source(client) == ""


async def test_where_our_url_is_plain_http_strangers_may_come_so():
    client = AsgiClient(application("http://id.test"), "http://id.test", client=("192.0.2.1", 1))

    assert await source(client) == "192.0.2.1"


FORMS = [
    ("client-cert", "rfc9440", f":{base64.b64encode(DER).decode()}:"),
    ("x-ssl-client-cert", "pem", quote(PEM)),
    ("x-client-der", "base64", base64.b64encode(DER).decode()),
]


@pytest.mark.parametrize(("name", "form", "value"), FORMS)
async def test_mt_a_trusted_proxy_passes_the_certificate_on(name, form, value):
    proxies = Proxies(networks=TRUSTED, certificate=CertificateHeader(name=name, form=form))

    seen = (await behind(proxies).get("/register/new", headers={name: value})).json()

    assert seen["certificate"] == DER.hex()


@pytest.mark.parametrize(("name", "form", "value"), FORMS)
async def test_mt_a_certificate_header_from_a_stranger_is_refused(name, form, value):
    proxies = Proxies(networks=TRUSTED, certificate=CertificateHeader(name=name, form=form))

    assert (await behind(proxies, "192.0.2.1").get("/register/new", headers={name: value})).status == 400


async def test_mt_a_certificate_header_that_is_not_configured_is_not_seen():
    seen = (
        await behind(Proxies(networks=TRUSTED)).get("/register/new", headers={"Client-Cert": FORMS[0][2]})
    ).json()

    assert seen["certificate"] is None
    assert "client-cert" not in seen["headers"]


@pytest.mark.parametrize(
    "value", ["x", ":x:", ":AAAA:", "::", ":" + "A" * 8_000 + ":", base64.b64encode(DER).decode()]
)
async def test_mt_a_malformed_certificate_is_refused(value):
    proxies = Proxies(networks=TRUSTED, certificate=CertificateHeader())

    assert (await behind(proxies).get("/register/new", headers={"Client-Cert": value})).status == 400


BASE64 = base64.b64encode(DER).decode()


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("rfc9440", f"x{BASE64}x"),
        ("rfc9440", f":{BASE64}"),
        ("rfc9440", f":{BASE64}!:"),
        ("rfc9440", f":{BASE64}==AAAA:"),
        ("base64", f"!{BASE64}"),
        ("base64", base64.b64encode(b"0" * 63).decode()),
        ("base64", base64.b64encode(b"1" * 64).decode()),
        ("pem", "nonsense"),
        ("pem", quote(PEM.replace("CERTIFICATE", "PRIVATE KEY"))),
        ("pem", quote(PEM + PEM)),
        ("pem", quote(PEM.replace("-----END", "=AAAA-----END"))),
    ],
)
async def test_mt_what_is_no_certificate_in_the_proxys_own_form_is_refused(form, value):
    proxies = Proxies(networks=TRUSTED, certificate=CertificateHeader(form=form))

    assert (await behind(proxies).get("/register/new", headers={"Client-Cert": value})).status == 400


@pytest.mark.parametrize("form", ["rfc9440", "pem", "base64"])
@pytest.mark.parametrize("value", ["", " "])
async def test_mt_a_proxy_says_with_an_empty_header_that_there_is_no_certificate(form, value):
    proxies = Proxies(networks=TRUSTED, certificate=CertificateHeader(form=form))

    seen = (await behind(proxies).get("/register/new", headers={"Client-Cert": value})).json()

    assert seen["certificate"] is None


async def test_mt_two_certificates_are_refused():
    proxies = Proxies(networks=TRUSTED, certificate=CertificateHeader())
    twice = [("Client-Cert", FORMS[0][2])] * 2

    assert (await behind(proxies).send("GET", f"{BASE}/register/new", twice)).status == 400


async def test_our_own_listeners_certificate_is_taken():
    client = AsgiClient(application(), BASE, certificate=DER)

    assert (await client.get("/register/new")).json()["certificate"] == DER.hex()


async def test_mt_a_proxys_own_certificate_is_not_its_clients():
    app = application(proxies=Proxies(networks=TRUSTED, certificate=CertificateHeader()))

    proxys = AsgiClient(app, BASE, client=("10.0.0.1", 1), certificate=DER)
    own = AsgiClient(app, BASE, client=("192.0.2.1", 1), certificate=DER)

    assert (await proxys.get("/register/new")).json()["certificate"] is None
    assert (await own.get("/register/new")).json()["certificate"] == DER.hex()
