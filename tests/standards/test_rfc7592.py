"""OAuth 2.0 Dynamic Client Registration Management Protocol (RFC 7592)."""

import pytest

from tests.applicant import ACCESS, Applicant, initial_access, open_registration
from tests.world import CALLBACK


async def _app(world, **metadata):
    await open_registration(world)
    return await Applicant.register(world, **metadata)


def _asked(told, **changes):
    """The document a client sends back: what it was told, without what it must not send."""
    kept = {k: v for k, v in told.items() if not k.startswith("registration_") and not k.endswith("_at")}
    return {name: value for name, value in {**kept, **changes}.items() if value is not None}


async def test_2_the_token_of_one_client_does_not_open_another_dr_05(world):
    ours = await _app(world)
    theirs = await Applicant.register(world)

    for reply in (
        await ours.read(token=theirs.told["registration_access_token"]),
        await ours.delete(token=theirs.told["registration_access_token"]),
        await ours.replace(_asked(ours.told), token=theirs.told["registration_access_token"]),
        await ours.read(token="lm_rat_nothing"),
    ):
        assert (reply.status, reply.error) == (401, "invalid_token")


async def test_2_a_client_of_the_operator_has_no_such_token_dr_05(world):
    await _app(world)
    await world.client("web")

    for token in ("", "lm_rat_x", " "):
        headers = {"Authorization": f"Bearer {token}"}
        reply = await world.http.get("/oauth2/register/web", headers=headers)
        assert reply.status == 401


async def test_2_unknown_clients_are_refused_like_strangers(world):
    app = await _app(world)
    headers = {"Authorization": f"Bearer {app.told['registration_access_token']}"}

    reply = await world.http.get("/oauth2/register/nobody", headers=headers)

    assert (reply.status, reply.error) == (401, "invalid_token")


async def test_2_1_a_client_reads_what_it_registered(world):
    app = await _app(world, initiate_login_uri="https://app.test/login")

    reply = await app.read()

    assert reply.status == 200
    secretive = ("client_secret", "client_secret_expires_at")
    assert reply.json() == {k: v for k, v in app.told.items() if k not in secretive}


async def test_2_1_management_stays_open_when_registration_closes(world):
    app = await _app(world)
    await open_registration(world, mode="closed")

    assert (await app.read()).status == 200


async def test_2_1_a_disabled_client_cannot_manage_itself(world):
    app = await _app(world)
    await world.change(await world.storage.client("tenant-root", app.client_id), enabled=False)

    assert (await app.read()).status == 401


async def test_2_2_an_update_replaces_everything(world):
    app = await _app(world, contacts=["ops@app.test"], client_uri="https://app.test/")

    reply = await app.replace(_asked(app.told, contacts=None, client_name="Renamed", client_uri=""))

    assert reply.status == 400  # an empty string is no address
    reply = await app.replace(_asked(app.told, contacts=None, client_name="Renamed", client_uri=None))
    told = reply.json()
    assert (reply.status, told["client_name"], told["client_id"]) == (200, "Renamed", app.client_id)
    assert "contacts" not in told
    assert "client_uri" not in told
    assert (await app.read()).json()["client_name"] == "Renamed"


async def test_2_2_null_means_left_out(world):
    app = await _app(world, contacts=["ops@app.test"])

    reply = await app.replace({**_asked(app.told), "contacts": None})

    assert "contacts" not in reply.json()


async def test_2_2_the_document_names_its_client(world):
    app = await _app(world)

    for client_id in (None, "another", 7):
        reply = await app.replace(_asked(app.told, client_id=client_id))
        assert (reply.status, reply.error) == (400, "invalid_client_metadata")


async def test_2_2_a_client_cannot_choose_its_secret(world):
    app = await _app(world)

    refused = await app.replace(_asked(app.told, client_secret="lm_cs_chosen"))
    without = await app.replace(_asked(app.told, client_secret=None))

    assert (refused.status, refused.error) == (400, "invalid_client_metadata")
    assert without.status == 200
    assert (await world.http.post("/oauth2/revoke", form={"token": "x"}, auth=app.auth)).status == 200


async def test_2_2_a_client_that_becomes_confidential_gets_a_secret(world):
    app = await _app(world, token_endpoint_auth_method="none")

    reply = await app.replace(_asked(app.told, token_endpoint_auth_method="client_secret_basic"))

    assert reply.json()["client_secret"].startswith("lm_cs_")
    assert reply.json()["client_secret_expires_at"] == 0


async def test_2_2_bad_metadata_change_nothing(world):
    app = await _app(world)

    reply = await app.replace(_asked(app.told, redirect_uris=["https://app.test/cb#fragment"]))

    assert (reply.status, reply.error) == (400, "invalid_redirect_uri")
    assert (await app.read()).json()["redirect_uris"] == [CALLBACK]


async def test_2_2_the_token_keeps_working_after_an_update(world):
    app = await _app(world)

    reply = await app.replace(_asked(app.told))

    assert reply.json()["registration_access_token"] == app.told["registration_access_token"]
    assert (await app.read()).status == 200


async def test_2_2_an_update_is_no_way_to_powers_of_its_own(world):
    app = await _app(world)

    reply = await app.replace(_asked(app.told, grant_types=["authorization_code", "client_credentials"]))

    assert (reply.status, reply.error) == (400, "invalid_client_metadata")


async def test_2_3_everything_of_a_deleted_client_dies(world):
    await open_registration(world, mode="token", initial_access=(initial_access(),))
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    app = await Applicant.register(world, token=ACCESS, grant_types=grants)
    await world.person()
    await world.client("web")
    tokens = await world.code_flow(client_id=app.client_id, auth=app.auth)
    own = (await world.token(grant_type="client_credentials", auth=app.auth)).json()

    reply = await app.delete()

    assert (reply.status, reply.body) == (204, b"")
    assert (await app.read()).status == 401
    assert (await world.userinfo(tokens["access_token"])).status == 401
    assert (await world.introspect(own["access_token"])) == {"active": False}
    assert (await world.refresh(tokens["refresh_token"], auth=app.auth)).status == 401
    assert (await world.authorize(world.browser(), app.client_id)).status == 400


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_2_other_methods_are_refused(world, method):
    app = await _app(world)

    assert (await app._ask(method)).status == 405
