"""client_secret_jwt: an assertion keyed by the client's secret."""

import jwt
import pytest
from msgspec import structs

from limen.model.client import ClientSecret
from limen.tokens.digest import digest
from limen.tokens.hmac_secret import PURPOSE
from tests.proofs import asserted, assertion_claims
from tests.world import SECRET


async def ask(world, token):
    return await world.token(grant_type="client_credentials", **asserted(token))


def keyed(world, secret=SECRET, alg="HS256", headers=None, **changes):
    return jwt.encode(assertion_claims(world, **changes), secret, algorithm=alg, headers=headers)


@pytest.fixture
async def client(world):
    return await world.client("web", token_endpoint_auth_method="client_secret_jwt")


@pytest.mark.filterwarnings("ignore:The HMAC key")
@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
async def test_each_mac_proves_the_client(world, client, alg):
    assert (await ask(world, keyed(world, alg=alg))).status == 200


async def test_the_registered_algorithm_is_the_only_one(world, client):
    await world.change(client, token_endpoint_auth_signing_alg="HS384")

    assert (await ask(world, keyed(world))).error == "invalid_client"
    assert (await ask(world, keyed(world, alg="HS384"))).status == 200


async def test_a_wrong_secret_proves_nothing(world, client):
    assert (await ask(world, keyed(world, secret="x" * 40))).error == "invalid_client"


async def test_two_live_secrets_both_prove_and_an_expired_one_does_not(world, client):
    other = "lm_cs_another-secret-of-the-same-client"
    second = ClientSecret(
        secret_id="2",
        digest=digest(other),
        sealed=world.keys.seal("tenant-root", PURPOSE, other.encode()),
        expires_at=world.clock.now() + 100,
    )
    await world.change(client, client_secrets=(*client.client_secrets, second))

    assert [(await ask(world, keyed(world, secret=s))).status for s in (SECRET, other)] == [200, 200]
    world.clock.forward(100)
    assert [(await ask(world, keyed(world, secret=s))).status for s in (SECRET, other)] == [200, 401]


async def test_the_secret_itself_is_another_method(world, client):
    reply = await world.token(grant_type="client_credentials", auth=("web", SECRET))

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_ca_07_an_assertion_works_once(world, client):
    token = keyed(world)

    assert [(await ask(world, token)).status for _ in range(2)] == [200, 401]


async def test_jw_09_an_id_token_of_the_client_is_no_assertion(world, client):
    await world.person()
    await world.change(client, id_token_signed_response_alg="HS256")
    code = await world.code_for(world.browser())
    form = asserted(keyed(world))
    tokens = (await world.redeem(code, auth=None, **form)).json()

    assert jwt.get_unverified_header(tokens["id_token"])["alg"] == "HS256"
    assert (await ask(world, tokens["id_token"])).error == "invalid_client"


async def test_jw_09_a_token_of_another_type_is_no_assertion(world, client):
    assert (await ask(world, keyed(world, headers={"typ": "logout+jwt"}))).error == "invalid_client"


async def test_a_client_without_a_kept_secret_proves_nothing(world, client):
    bare = structs.replace(client.client_secrets[0], sealed=None)
    await world.change(client, client_secrets=(bare,))

    assert (await ask(world, keyed(world))).error == "invalid_client"
