"""tls_client_auth: certificates of an authority."""

import ipaddress

import pytest
from cryptography import x509

from tests.proofs import Authority

SUBJECT = "CN=web,O=Limen"
FORM = {"grant_type": "client_credentials", "client_id": "web"}


async def registered(world, **fields):
    fields = fields or {"tls_client_auth_subject_dn": SUBJECT}
    return await world.client("web", token_endpoint_auth_method="tls_client_auth", **fields)


async def test_the_registered_subject_proves_the_client(mtls, authority, over):
    await registered(mtls)

    assert (await over(authority.issue(SUBJECT)).post("/oauth2/token", form=FORM)).status == 200


@pytest.mark.parametrize(
    ("registration", "name"),
    [
        ({"tls_client_auth_san_dns": "web.test"}, x509.DNSName("web.test")),
        ({"tls_client_auth_san_uri": "spiffe://web"}, x509.UniformResourceIdentifier("spiffe://web")),
        ({"tls_client_auth_san_ip": "192.0.2.7"}, x509.IPAddress(ipaddress.ip_address("192.0.2.7"))),
        ({"tls_client_auth_san_email": "web@app.test"}, x509.RFC822Name("web@app.test")),
    ],
)
async def test_each_alternative_name_proves_the_client(mtls, authority, over, registration, name):
    await registered(mtls, **registration)

    named, nameless = authority.issue(sans=[name]), authority.issue()

    assert (await over(named).post("/oauth2/token", form=FORM)).status == 200
    assert (await over(nameless).post("/oauth2/token", form=FORM)).status == 401


async def test_mt_01_without_a_certificate_the_client_is_not_proven(mtls):
    await registered(mtls)

    reply = await mtls.http.post("/oauth2/token", form=FORM)

    assert (reply.status, reply.error) == (401, "invalid_client")


@pytest.mark.parametrize("header", ["Client-Cert", "X-SSL-Client-Cert", "X-Forwarded-Client-Cert"])
async def test_mt_02_a_header_of_a_stranger_is_no_certificate(mtls, authority, header):
    import base64

    await registered(mtls)
    value = f":{base64.b64encode(authority.issue(SUBJECT)).decode()}:"

    reply = await mtls.http.post("/oauth2/token", form=FORM, headers={header: value})

    assert (reply.status, reply.error) == (401, "invalid_client")


@pytest.mark.parametrize(
    "subject",
    ["CN=web,O=Limen,C=DE", "O=Limen,CN=web", "CN=web+OU=x,O=Limen", "CN=web\\,O=Limen", "CN=web"],
)
async def test_mt_06_a_similar_subject_is_another(mtls, authority, over, subject):
    await registered(mtls)

    assert (await over(authority.issue(subject)).post("/oauth2/token", form=FORM)).status == 401


async def test_an_unknown_authority_vouches_for_nobody(mtls, over):
    await registered(mtls)

    assert (await over(Authority().issue(SUBJECT)).post("/oauth2/token", form=FORM)).status == 401


async def test_the_log_tells_a_wrong_subject_from_an_unknown_authority(mtls, authority, over, reasons):
    await registered(mtls)

    for certificate in (authority.issue("CN=other"), Authority().issue(SUBJECT)):
        reply = await over(certificate).post("/oauth2/token", form=FORM)
        assert reply.json()["error_description"] == "client authentication failed"

    assert ["subject" in reasons[0], "server.tls_client_ca" in reasons[1]] == [True, True]


async def test_an_expired_certificate_proves_nothing(mtls, authority, over):
    await registered(mtls)
    certificate = authority.issue(SUBJECT)

    mtls.clock.forward(40 * 86_400)

    assert (await over(certificate).post("/oauth2/token", form=FORM)).status == 401


async def test_the_client_must_be_named(mtls, authority, over):
    await registered(mtls)

    reply = await over(authority.issue(SUBJECT)).post(
        "/oauth2/token", form={"grant_type": "client_credentials"}
    )

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_where_no_authority_is_known_the_method_is_not_there(world):
    document = (await world.http.get("/.well-known/openid-configuration")).json()

    assert "tls_client_auth" not in document["token_endpoint_auth_methods_supported"]


async def test_where_one_is_known_discovery_tells(mtls):
    document = (await mtls.http.get("/.well-known/openid-configuration")).json()

    assert "tls_client_auth" in document["token_endpoint_auth_methods_supported"]
