"""The tenant's switches, issuer, keys and lifetimes (rows 65 to 73 and 121 of the behaviour list)."""

import jwt
import pytest
from msgspec import structs

from limen.admin import keys, tenants
from limen.admin.operation import OPERATOR
from limen.crypto.jose import StrictJose
from limen.crypto.rotation import Times
from limen.errors import InvalidClientMetadata
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.protocol.client_metadata import read_administered
from limen.protocol.registered_values import JWT_BEARER
from limen.protocol.settings_metadata import _RANGES
from limen.routes import ADDRESSES
from tests.behaviour.claims import header_of, unverified, verified
from tests.issuer import Issuer
from tests.world import CALLBACK, SECRET

WEB = ("web", SECRET)
DAY = 86_400
SIGNED = {"access_token_lifetime", "app_access_token_lifetime", "id_token_lifetime"}


async def test_row_65_a_disabled_tenant_serves_nothing_at_any_address(world):
    await world.tenant("acme")
    await tenants.disable(tenants.NameTenant(tenant="acme"), OPERATOR, world.ports)
    documents = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]

    for path in [*ADDRESSES.values(), *documents]:
        answers = [await world.http.get(f"/t/acme{path}"), await world.http.post(f"/t/acme{path}", form={})]
        assert {reply.status for reply in answers} <= {404, 405}, path
        assert 404 in {reply.status for reply in answers}, path
    finger = await world.http.get("/.well-known/webfinger", params={"resource": "acct:alice%40acme@id.test"})

    assert finger.status == 404
    assert (await world.http.get(documents[0])).status == 200


async def test_row_65_enabled_again_it_works_and_what_it_issued_stays_dead(world):
    acme = await world.tenant("acme")
    await world.client(tenant=acme.tenant_id)
    token = (await world.token(grant_type="client_credentials", auth=WEB, tenant="/t/acme")).json()
    await tenants.disable(tenants.NameTenant(tenant="acme"), OPERATOR, world.ports)
    world.clock.forward(2)
    await tenants.enable(tenants.NameTenant(tenant="acme"), OPERATOR, world.ports)

    new = (await world.token(grant_type="client_credentials", auth=WEB, tenant="/t/acme")).json()

    assert not (await world.introspect(token["access_token"], tenant="/t/acme"))["active"]
    assert (await world.introspect(new["access_token"], tenant="/t/acme"))["active"]


@pytest.mark.parametrize("issuer", ["https://id.test/t/acme", "https://id.test/t/acme/oauth2/token"])
async def test_row_66_the_issuer_is_the_same_everywhere(world, issuer):
    acme = await world.tenant("acme", issuer=issuer)
    where = {"tenant": acme.tenant_id}
    await world.client(settings={"access_token_format": "jwt"}, **where)
    await world.person(**where)
    browser = world.browser()

    asked = await world.authorize(browser, tenant="/t/acme")
    reply = await world.journey(browser, asked)
    tokens = (await world.redeem(reply.params["code"], tenant="/t/acme")).json()
    finger = await world.http.get("/.well-known/webfinger", params={"resource": "acct:alice%40acme@id.test"})

    said = {
        (await world.http.get("/t/acme/.well-known/openid-configuration")).json()["issuer"],
        reply.params["iss"],
        unverified(tokens["id_token"])["iss"],
        unverified(tokens["access_token"])["iss"],
        (await world.introspect(tokens["access_token"], tenant="/t/acme"))["iss"],
        finger.json()["links"][0]["href"],
    }
    assert said == {issuer}


async def test_row_67_the_audience_of_access_tokens_is_the_tenants_or_the_clients(world):
    settings = {"access_token_format": "jwt"}
    await world.tenant(settings=Settings(access_token_audience=("https://api.test",)))
    await world.client(settings=settings)
    await world.client("own", settings={**settings, "access_token_audience": ("a", "b")})
    audiences = []
    for client_id in ("web", "own"):
        reply = await world.token(grant_type="client_credentials", auth=(client_id, SECRET))
        audiences.append((await verified(world, reply.json()["access_token"]))["aud"])
    await world.person()

    assert audiences == ["https://api.test", ["a", "b"]]
    assert unverified((await world.code_flow())["id_token"])["aud"] == "web"


async def test_row_68_rs256_verifies_with_the_key_set_and_hs256_with_the_secret(world):
    await world.person()
    await world.client(id_token_signed_response_alg="RS256")
    by_key = (await world.code_flow())["id_token"]
    await world.client(id_token_signed_response_alg="HS256")
    by_secret = (await world.code_flow())["id_token"]

    assert header_of(by_key)["alg"] == "RS256"
    assert (await verified(world, by_key))["sub"] == "sub-alice"
    claims = jwt.decode(
        by_secret,
        SECRET,
        algorithms=["HS256"],
        audience="web",
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
    )
    assert claims["sub"] == "sub-alice"


def test_row_68_no_secret_no_mac_and_never_for_access_tokens():
    tenant = Tenant(tenant_id="t", name="", issuer="https://id.test")
    public = {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}

    with pytest.raises(InvalidClientMetadata):
        read_administered({**public, "id_token_signed_response_alg": "HS256"}, tenant=tenant)
    with pytest.raises(InvalidClientMetadata):
        read_administered(
            {"redirect_uris": [CALLBACK], "limen_access_token_signing_alg": "HS256"}, tenant=tenant
        )


async def published(world):
    return {key["kid"] for key in (await world.http.get("/oauth2/jwks")).json()["keys"]}


async def test_row_69_a_successor_is_published_before_it_signs_and_the_old_key_still_verifies(world):
    await world.client(settings={"access_token_format": "jwt", "access_token_lifetime": 2 * DAY})
    await world.person()
    old = await world.code_flow()
    before = await published(world)

    await keys.rotate(keys.RotateKeys(tenant=""), OPERATOR, world.ports)
    announced = await published(world)
    meanwhile = await world.code_flow()
    world.clock.forward(DAY)
    new = await world.code_flow()
    kids = {
        name: header_of(tokens["id_token"])["kid"]
        for name, tokens in {"old": old, "meanwhile": meanwhile, "new": new}.items()
    }

    assert before < announced
    assert kids["old"] == kids["meanwhile"] != kids["new"]
    assert kids["new"] in announced - before
    assert await published(world) >= announced
    assert (await verified(world, old["id_token"]))["sub"] == "sub-alice"
    assert (await world.userinfo(meanwhile["access_token"])).status == 200
    world.clock.forward(32 * DAY)
    assert kids["old"] not in await published(world)
    assert kids["new"] in await published(world)


async def test_row_69_tokens_that_are_sealed_open_after_a_rotation(world):
    await world.client(settings={"refresh_token_lifetime": 300 * DAY})
    await world.person()
    tokens = await world.code_flow(scope="openid offline_access")
    code = await world.code_for(world.browser())
    await keys.rotate(keys.RotateKeys(tenant="", use="seal"), OPERATOR, world.ports)

    assert (await world.redeem(code)).status == 200
    assert (await world.introspect(tokens["access_token"]))["active"]
    world.clock.forward(299 * DAY)
    assert (await world.refresh(tokens["refresh_token"])).status == 200


def test_row_69_no_token_may_outlive_the_key_that_verifies_it():
    times = Times()

    assert max(_RANGES[name][1] for name in SIGNED) < times.overlap
    assert _RANGES["refresh_token_lifetime"][1] < times.seal_overlap
    assert max(_RANGES[name][1] for name in SIGNED) < times.seal_overlap


async def test_row_121_every_key_says_its_algorithm_and_each_algorithm_has_one(world):
    for alg in ("PS256", "ES256", "EdDSA"):
        await keys.add(keys.AddKey(tenant="", alg=alg), OPERATOR, world.ports)
    found = (await world.http.get("/oauth2/jwks")).json()["keys"]
    signing = [key["alg"] for key in found if key["use"] == "sig"]

    assert len(signing) == len(set(signing))
    assert {"RS256", "PS256", "ES256", "EdDSA"} <= set(signing)
    assert all({"kty", "kid", "use", "alg"} <= key.keys() for key in found)
    assert all({"d", "p", "q", "k"}.isdisjoint(key) for key in found)
    assert found[0]["alg"] == "RS256"


async def test_row_70_a_code_lives_to_its_second(world):
    await world.client(settings={"authorization_code_lifetime": 30})
    await world.person()
    first, second = await world.code_for(world.browser()), await world.code_for(world.browser())

    world.clock.forward(29)
    assert (await world.redeem(first)).status == 200
    world.clock.forward(1)
    assert (await world.redeem(second)).error == "invalid_grant"


async def test_row_70_a_changed_lifetime_revives_no_code_of_before_the_end(world):
    await world.client(settings={"authorization_code_lifetime": 600})
    await world.person()
    code = await world.code_for(world.browser())
    world.clock.forward(100)
    tenant = await world.storage.tenant("")
    await world.change(tenant, not_before=world.clock.now())
    await world.client(settings={"authorization_code_lifetime": 60})
    world.clock.forward(450)

    assert (await world.redeem(code)).error == "invalid_grant"


@pytest.mark.parametrize("skew", [0, 300])
async def test_rows_71_and_72_leeway_never_lengthens_the_life_of_a_token(world, skew):
    await world.client(
        settings={"access_token_lifetime": 900, "refresh_token_lifetime": 1000, "clock_skew": skew}
    )
    await world.person()
    tokens = await world.code_flow()

    world.clock.forward(899)
    assert (await world.introspect(tokens["access_token"]))["active"]
    world.clock.forward(1)
    assert not (await world.introspect(tokens["access_token"]))["active"]
    assert (await world.userinfo(tokens["access_token"])).status == 401
    world.clock.forward(100)
    assert (await world.refresh(tokens["refresh_token"])).error == "invalid_grant"


@pytest.mark.parametrize(("skew", "ahead", "taken"), [(0, 11, False), (120, 120, True), (120, 121, False)])
async def test_row_72_leeway_forgives_the_clocks_of_others(world, skew, ahead, taken):
    issuer = Issuer(world.clock)
    await world.tenant(trusted_issuers=(issuer.trusted(),))
    await world.client(grant_types=frozenset({JWT_BEARER}), settings={"clock_skew": skew})
    await world.person()
    now = world.clock.now()
    early = issuer.sign(iat=now + ahead, nbf=now + ahead, exp=now + 600)
    late = issuer.sign(exp=now)

    accepted = await world.token(grant_type=JWT_BEARER, assertion=early, auth=WEB)
    expired = await world.token(grant_type=JWT_BEARER, assertion=late, auth=WEB)

    assert (accepted.status == 200) is taken
    assert expired.error == "invalid_grant"


async def test_row_73_a_refreshed_access_token_has_a_life_of_its_own(world):
    await world.client(settings={"access_token_lifetime": 100, "refresh_token_lifetime": 150})
    await world.person()
    tokens = await world.code_flow()
    world.clock.forward(149)

    renewed = (await world.refresh(tokens["refresh_token"])).json()

    assert renewed["expires_in"] == 100


async def test_row_68_an_expired_secret_signs_nothing(world):
    await world.person()
    client = await world.client(id_token_signed_response_alg="HS256")
    (secret,) = client.client_secrets
    sealed = world.keys.seal("tenant-root", "cs", b"an expired secret, " * 3)
    expired = structs.replace(secret, secret_id="2", expires_at=world.clock.now() - 1, sealed=sealed)
    await world.change(client, client_secrets=(secret, expired))

    token = (await world.code_flow())["id_token"]

    assert StrictJose().verify_hmac(token, SECRET, algs=["HS256"]) is not None
