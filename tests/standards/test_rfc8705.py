"""RFC 8705: mutual TLS client authentication and certificate-bound tokens, one test for each MUST."""

import dataclasses

import jwt
import pytest
import pytest_asyncio

from limen.app.site import Surroundings, site
from limen.crypto.certificates import Authorities
from limen.errors import InvalidClientMetadata
from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.protocol.client_consistency import check
from tests.http.asgi_client import AsgiClient
from tests.proofs import Authority, certificate_jwks, self_signed, x5t
from tests.world import BASE, World, make_world

AUTHORITY = Authority()
MINE = AUTHORITY.issue("CN=web,O=Limen")
FORM = {"grant_type": "client_credentials", "client_id": "web"}


@pytest_asyncio.fixture
async def world():
    plain = await make_world()
    ports = dataclasses.replace(plain.ports, certificates=Authorities([AUTHORITY.certificate]))
    yield World(ports, site(ports, Surroundings(hosts={"id.test": BASE}, witnesses=(plain.events,))))
    await plain.close()


async def ask(world, certificate=MINE, **form):
    return await AsgiClient(world.app, BASE, certificate=certificate).post(
        "/oauth2/token", form={**FORM, **form}
    )


async def pki(world, **fields):
    subject = {"tls_client_auth_subject_dn": "CN=web,O=Limen"}
    return await world.client("web", token_endpoint_auth_method="tls_client_auth", **{**subject, **fields})


async def test_2_the_request_must_name_the_client(world):
    await pki(world)

    assert (await ask(world)).status == 200
    assert (await ask(world, client_id="")).error == "invalid_client"


async def test_2_the_binding_between_client_and_certificate_must_be_enforced(world):
    await pki(world)

    reply = await ask(world, AUTHORITY.issue("CN=other,O=Limen"))

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_2_1_the_chain_must_be_valid(world):
    await pki(world)

    assert (await ask(world, Authority().issue("CN=web,O=Limen"))).error == "invalid_client"


@pytest.mark.parametrize(
    "names", [{}, {"tls_client_auth_subject_dn": "CN=web", "tls_client_auth_san_dns": "web.test"}]
)
def test_2_1_2_exactly_one_name_is_registered(names):
    client = Client(
        tenant_id="t",
        client_id="web",
        redirect_uris=("https://app.test/cb",),
        token_endpoint_auth_method="tls_client_auth",
        **names,
    )

    with pytest.raises(InvalidClientMetadata):
        check(client, Tenant(tenant_id="t", name="", issuer=BASE))


async def test_2_2_a_self_signed_certificate_must_be_registered(world):
    mine, other = self_signed(), self_signed()
    await world.client(
        "web", token_endpoint_auth_method="self_signed_tls_client_auth", jwks=certificate_jwks(mine)
    )

    assert (await ask(world, mine)).status == 200
    assert (await ask(world, other)).error == "invalid_client"


async def test_3_1_a_jwt_carries_the_thumbprint(world):
    await pki(
        world,
        tls_client_certificate_bound_access_tokens=True,
        settings={"access_token_format": "jwt"},
    )

    token = (await ask(world)).json()["access_token"]

    assert jwt.decode(token, options={"verify_signature": False})["cnf"] == {"x5t#S256": x5t(MINE)}


async def test_3_2_so_does_introspection(world):
    await pki(world, tls_client_certificate_bound_access_tokens=True)
    token = (await ask(world)).json()["access_token"]
    client = AsgiClient(world.app, BASE, certificate=MINE)

    reply = await client.post("/oauth2/introspect", form={"token": token, "client_id": "web"})

    assert reply.json()["cnf"] == {"x5t#S256": x5t(MINE)}


async def test_3_3_discovery_tells_of_bound_tokens(world):
    document = (await world.http.get("/.well-known/openid-configuration")).json()

    assert document["tls_client_certificate_bound_access_tokens"] is True
    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(
        document["token_endpoint_auth_methods_supported"]
    )


async def test_3_4_without_the_client_s_switch_tokens_are_not_bound(world):
    await pki(world)
    token = (await ask(world)).json()["access_token"]
    client = AsgiClient(world.app, BASE, certificate=MINE)

    reply = await client.post("/oauth2/introspect", form={"token": token, "client_id": "web"})

    assert "cnf" not in reply.json()


async def test_5_aliases_are_told_and_are_the_same_addresses(world):
    document = (await world.http.get("/.well-known/openid-configuration")).json()

    aliases = document["mtls_endpoint_aliases"]
    assert aliases["token_endpoint"] == document["token_endpoint"]
    assert {name: document[name] for name in aliases} == aliases


async def test_7_1_a_certificate_of_no_client_s_is_only_ignored(world):
    await world.client("web")

    reply = await AsgiClient(world.app, BASE, certificate=self_signed()).post(
        "/oauth2/token", form={"grant_type": "client_credentials"}, auth=("web", "lm_cs_" + "s3cret-" * 6)
    )

    assert reply.status == 200
