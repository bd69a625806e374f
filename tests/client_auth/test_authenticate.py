"""One client, one method, one proof."""

import pytest
from msgspec import structs

from tests.proofs import self_signed
from tests.world import SECRET


async def test_ca_01_an_unknown_client_and_a_wrong_secret_look_alike(world):
    await world.client("web")

    unknown = await world.token(grant_type="client_credentials", auth=("nobody", SECRET))
    wrong = await world.token(grant_type="client_credentials", auth=("web", "wrong"))

    assert (unknown.status, unknown.body) == (wrong.status, wrong.body) == (401, wrong.body)
    assert unknown.header("www-authenticate").startswith("Basic ")
    assert wrong.error == "invalid_client"


@pytest.mark.parametrize(
    "sent", ["", "é", "web", "d2Vi", "d2ViOg", "d2ViOg==é", "/////w==", "d2ViOg== x", "Og=="]
)
async def test_ca_01_credentials_that_cannot_be_read_prove_nobody(world, sent):
    await world.client("web")

    reply = await world.token(grant_type="client_credentials", headers={"Authorization": f"Basic {sent}"})

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_ca_02_a_secret_in_header_and_body_is_refused(world):
    await world.client("web")

    reply = await world.token(
        grant_type="client_credentials", auth=("web", SECRET), client_id="web", client_secret=SECRET
    )

    assert (reply.status, reply.error) == (400, "invalid_request")


@pytest.mark.parametrize(
    "beside",
    [
        {"client_secret": "x"},
        {"client_secret": ("x", "y")},
        {"client_secret": ("", "")},
        {"client_id": ("web", "pub")},
        {"client_id": ("web", "web")},
        {"client_id": ("web", "pub"), "client_secret": "x"},
        {"client_id": "web", "client_secret": ("x", "y")},
    ],
)
async def test_ca_02_nothing_sent_twice_or_in_part_hides_a_second_method(world, beside):
    await world.client("web")
    await world.client("pub", token_endpoint_auth_method="none")

    reply = await world.token(grant_type="client_credentials", auth=("web", SECRET), **beside)

    assert (reply.status, reply.error) == (400, "invalid_request")


@pytest.mark.parametrize("beside", [{}, {"client_id": "web"}, {"client_id": "", "client_secret": ""}])
async def test_ca_02_a_header_beside_the_same_name_is_one_method(world, beside):
    await world.client("web")

    reply = await world.token(grant_type="client_credentials", auth=("web", SECRET), **beside)

    assert reply.status == 200


async def test_a_client_that_names_itself_twice_is_not_looked_for(world):
    await world.client("web", token_endpoint_auth_method="client_secret_post")

    reply = await world.token(grant_type="client_credentials", client_id=("web", "web"), client_secret=SECRET)

    assert (reply.status, reply.error) == (400, "invalid_request")


async def test_a_secret_of_nobody_proves_nobody(world):
    await world.client("web", token_endpoint_auth_method="client_secret_post")

    reply = await world.token(grant_type="client_credentials", client_secret=SECRET)

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_ca_03_only_the_registered_method_counts(world):
    await world.client("web")

    reply = await world.token(grant_type="client_credentials", client_id="web", client_secret=SECRET)

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_ca_05_a_public_client_may_not_act_for_itself(world):
    await world.client("web", token_endpoint_auth_method="none")

    reply = await world.token(grant_type="client_credentials", client_id="web")

    assert (reply.status, reply.error) == (400, "unauthorized_client")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
async def test_ca_14_a_body_of_another_kind_is_not_read(world, kind):
    await world.client("web")

    reply = await world.http.post(
        "/oauth2/token",
        body=b"grant_type=client_credentials",
        headers={"Content-Type": kind},
        auth=("web", SECRET),
    )

    assert reply.status in {400, 415}


async def test_ca_18_a_client_that_acts_for_itself_gets_an_access_token_alone(world):
    await world.client("web")

    tokens = (await world.token(grant_type="client_credentials", auth=("web", SECRET))).json()

    assert {"refresh_token", "id_token"}.isdisjoint(tokens)
    assert (await world.userinfo(tokens["access_token"])).status == 403


async def test_ca_22_token_answers_are_not_kept(world):
    await world.client("web")

    reply = await world.token(grant_type="client_credentials", auth=("web", SECRET))

    assert reply.header("cache-control") == "no-store"
    assert reply.header("content-type") == "application/json"
    assert reply.header("x-content-type-options") == "nosniff"


async def test_a_certificate_beside_another_method_is_no_second_method(mtls, over):
    await mtls.client("web")

    reply = await over(self_signed()).post(
        "/oauth2/token", form={"grant_type": "client_credentials"}, auth=("web", SECRET)
    )

    assert reply.status == 200


async def test_a_disabled_client_proves_nothing(world):
    await world.client("web", enabled=False)

    assert (await world.token(grant_type="client_credentials", auth=("web", SECRET))).status == 401


async def test_a_request_without_any_client_is_refused(world):
    reply = await world.token(grant_type="client_credentials")

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_a_secret_is_good_until_the_second_it_expires(world):
    client = await world.client("web")
    dated = structs.replace(client.client_secrets[0], expires_at=world.clock.now() + 100)
    await world.change(client, client_secrets=(dated,))

    world.clock.forward(99)
    assert (await world.token(grant_type="client_credentials", auth=("web", SECRET))).status == 200
    world.clock.forward(1)
    assert (
        await world.token(grant_type="client_credentials", auth=("web", SECRET))
    ).error == "invalid_client"
