"""Token exchange: narrower, never longer, and dead with what it was made of (RFC 8693)."""

import pytest
import pytest_asyncio

from limen.model.tenant import Resource
from limen.ports.storage import Revoke
from limen.protocol.registered_values import TOKEN_EXCHANGE
from limen.protocol.token_exchange import ACCESS_TOKEN, ID_TOKEN, JWT
from tests.issuer import Issuer
from tests.proofs import ClientKey, at_token
from tests.world import PASSWORD, SECRET, form_of

API = "https://api.test"
BACK = ("back", SECRET)
EXCHANGE = {"grant_types": frozenset({TOKEN_EXCHANGE, "client_credentials"})}


@pytest_asyncio.fixture
async def mesh(world):
    """A front application with a person's token, and a service behind it that may exchange it."""
    world.issuer = Issuer(world.clock)
    await world.tenant(resources=(Resource(resource=API),), trusted_issuers=(world.issuer.trusted(),))
    await world.client("web")
    await world.client(
        "back",
        settings={
            "exchange_clients": ("web",),
            "exchange_impersonation": True,
            "exchange_audiences": ("db",),
        },
        **EXCHANGE,
    )
    await world.person()
    world.phone = world.browser()
    world.tokens = await world.code_flow(world.phone, scope="openid email profile")
    return world


async def exchange(world, subject=None, *, kind=ACCESS_TOKEN, auth=BACK, **form):
    return await world.token(
        grant_type=TOKEN_EXCHANGE,
        subject_token=subject or world.tokens["access_token"],
        subject_token_type=kind,
        auth=auth,
        **form,
    )


async def told(world, reply, auth=BACK):
    assert reply.status == 200, reply.text
    return await world.introspect(reply.json()["access_token"], auth=auth)


async def test_a_service_gets_a_narrower_token_for_another_audience(mesh):
    reply = await exchange(mesh, audience="db", scope="email")

    facts = await told(mesh, reply)
    assert (facts["sub"], facts["client_id"], facts["aud"], facts["scope"]) == (
        "sub-alice",
        "back",
        "db",
        "email",
    )
    assert reply.json()["issued_token_type"] == ACCESS_TOKEN
    assert reply.json().keys().isdisjoint({"refresh_token", "id_token"})


async def test_without_scope_and_audience_both_stay_as_they_were(mesh):
    before = await mesh.introspect(mesh.tokens["access_token"])

    after = await told(mesh, await exchange(mesh))

    assert {name: after[name] for name in ("scope", "aud", "sub", "sid")} == {
        name: before[name] for name in ("scope", "aud", "sub", "sid")
    }


async def test_several_targets_may_be_asked_for_together(mesh):
    reply = await mesh.http.post(
        "/oauth2/token",
        form=[
            ("grant_type", TOKEN_EXCHANGE), ("subject_token", mesh.tokens["access_token"]),
            ("subject_token_type", ACCESS_TOKEN), ("audience", "db"), ("resource", API),
        ],
        auth=BACK,
    )  # fmt: skip

    assert (await told(mesh, reply))["aud"] == ["db", API]


@pytest.mark.parametrize(
    "target", [{"audience": "elsewhere"}, {"resource": "https://evil.test"}, {"resource": "x"}]
)
async def test_a_target_that_is_not_listed_is_an_invalid_target(mesh, target):
    assert (await exchange(mesh, **target)).error == "invalid_target"


async def test_a_token_never_outlives_what_it_was_made_of(mesh):
    mesh.clock.forward(3_000)

    reply = await exchange(mesh)

    assert reply.json()["expires_in"] == 600


async def test_tx_01_the_grant_must_be_enabled(mesh):
    assert (await exchange(mesh, auth=("web", SECRET))).error == "unauthorized_client"


async def test_tx_01_a_public_client_may_not_exchange(mesh):
    await mesh.client("spa", token_endpoint_auth_method="none", **EXCHANGE)

    assert (await exchange(mesh, auth=None, client_id="spa")).error == "unauthorized_client"


async def test_tx_02_an_expired_subject_token_is_refused(mesh):
    mesh.clock.forward(3_600)

    assert (await exchange(mesh)).error == "invalid_request"


async def test_tx_02_a_revoked_subject_token_is_refused(mesh):
    await mesh.http.post("/oauth2/revoke", form={"token": mesh.tokens["access_token"]}, auth=("web", SECRET))

    assert (await exchange(mesh)).error == "invalid_request"


@pytest.mark.parametrize("kind", [ACCESS_TOKEN, ID_TOKEN])
async def test_tx_02_the_token_of_a_session_that_was_signed_out_is_refused(mesh, kind):
    await mesh.client("web", grant_types=frozenset({"authorization_code", TOKEN_EXCHANGE}))
    page = await mesh.phone.get("/oidc/logout")
    await mesh.phone.submit("/oidc/logout", [*form_of(page.text).hidden, ("sign_out", "1")])
    subject = mesh.tokens["access_token" if kind == ACCESS_TOKEN else "id_token"]

    assert (await exchange(mesh, subject, kind=kind, auth=("web", SECRET))).error == "invalid_request"


@pytest.mark.parametrize("token", ["", "x", "lm_at_AAAA", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
@pytest.mark.parametrize("kind", [ACCESS_TOKEN, ID_TOKEN, JWT, "urn:x"])
async def test_tx_03_what_is_no_token_is_an_invalid_request(mesh, token, kind):
    assert (await exchange(mesh, token or " ", kind=kind)).error == "invalid_request"


async def test_tx_04_a_token_of_a_client_that_is_not_listed_is_refused(mesh):
    await mesh.client("stranger", settings={"exchange_impersonation": True}, **EXCHANGE)

    assert (await exchange(mesh, auth=("stranger", SECRET))).error == "invalid_request"


async def test_tx_05_scope_beyond_the_subject_token_is_refused(mesh):
    assert (await exchange(mesh, scope="email phone")).error == "invalid_scope"


async def test_tx_05_scope_beyond_the_clients_own_is_refused(mesh):
    await mesh.client(
        "small", scope="email", settings={"exchange_clients": ("web",), "exchange_impersonation": True},
        **EXCHANGE,
    )  # fmt: skip

    assert (await exchange(mesh, scope="profile", auth=("small", SECRET))).error == "invalid_scope"
    assert (await told(mesh, await exchange(mesh, auth=("small", SECRET))))["scope"] == "email"


async def test_tx_06_delegation_records_the_actor_and_those_before(mesh):
    await mesh.client("deep", settings={"exchange_clients": ("back",)}, **EXCHANGE)
    acting = (await mesh.token(grant_type="client_credentials", auth=BACK)).json()["access_token"]
    deeper = (await mesh.token(grant_type="client_credentials", auth=("deep", SECRET))).json()["access_token"]

    first = await exchange(mesh, actor_token=acting, actor_token_type=ACCESS_TOKEN)
    second = await exchange(
        mesh,
        first.json()["access_token"],
        actor_token=deeper,
        actor_token_type=ACCESS_TOKEN,
        auth=("deep", SECRET),
    )

    assert (await told(mesh, first))["act"] == {"sub": "back"}
    assert (await told(mesh, second))["act"] == {"sub": "deep", "act": {"sub": "back"}}


async def test_tx_06_the_chain_of_actors_has_an_end(mesh):
    acting = (await mesh.token(grant_type="client_credentials", auth=BACK)).json()["access_token"]
    token, replies = None, []
    for _ in range(9):
        reply = await exchange(mesh, token, actor_token=acting, actor_token_type=ACCESS_TOKEN)
        replies.append(reply.status)
        token = reply.json().get("access_token")

    assert replies == [200] * 8 + [400]


async def test_tx_07_without_an_actor_impersonation_must_be_allowed(mesh):
    await mesh.client("back", settings={"exchange_clients": ("web",)}, **EXCHANGE)

    assert (await exchange(mesh)).error == "invalid_request"
    assert (await exchange(mesh, actor_token="x")).error == "invalid_request"


async def test_tx_07_a_client_narrows_its_own_token_without_an_actor(mesh):
    await mesh.client("web", grant_types=frozenset({TOKEN_EXCHANGE}))

    reply = await exchange(mesh, scope="email", auth=("web", SECRET))

    assert (await told(mesh, reply, ("web", SECRET)))["scope"] == "email"


@pytest.mark.parametrize(
    ("may_act", "status"),
    [
        ({"sub": "back"}, 200),
        ({"client_id": "back"}, 200),
        ({"sub": "other"}, 400),
        ({"sub": "back", "client_id": "other"}, 400),
        ({"sub": "back", "iss": "https://elsewhere.test"}, 400),
        ({}, 400),
    ],
)
async def test_tx_08_may_act_names_who_may(mesh, may_act, status):
    acting = (await mesh.token(grant_type="client_credentials", auth=BACK)).json()["access_token"]
    subject = mesh.issuer.sign(may_act=may_act)

    delegated = await exchange(mesh, subject, kind=JWT, actor_token=acting, actor_token_type=ACCESS_TOKEN)
    impersonated = await exchange(mesh, subject, kind=JWT)

    assert (delegated.status, impersonated.status) == (status, status)


@pytest.mark.parametrize("kind", [ACCESS_TOKEN, JWT])
async def test_tx_09_a_disabled_person_is_nobody(mesh, kind):
    subject = mesh.tokens["access_token"] if kind == ACCESS_TOKEN else mesh.issuer.sign()
    await mesh.person(enabled=False)

    assert (await exchange(mesh, subject, kind=kind)).error == "invalid_request"


async def test_tx_10_an_id_token_must_be_for_this_client(mesh):
    assert (await exchange(mesh, mesh.tokens["id_token"], kind=ID_TOKEN)).error == "invalid_request"


async def test_tx_10_a_client_may_exchange_its_own_id_token(mesh):
    await mesh.client("web", grant_types=frozenset({TOKEN_EXCHANGE}))

    reply = await exchange(mesh, mesh.tokens["id_token"], kind=ID_TOKEN, auth=("web", SECRET), scope="email")

    assert (await told(mesh, reply, ("web", SECRET)))["sub"] == "sub-alice"


async def test_tx_10_a_client_cannot_sign_id_tokens_to_itself(mesh):
    from limen.crypto.jose import StrictJose

    client = await mesh.client(
        "mac", id_token_signed_response_alg="HS256", settings={"exchange_impersonation": True}, **EXCHANGE
    )
    now = mesh.clock.now()
    claims = {
        "iss": "https://id.test", "sub": "sub-alice", "aud": client.client_id, "iat": now, "exp": now + 60,
    }  # fmt: skip
    forged = StrictJose().sign_hmac("HS256", "JWT", claims, SECRET)

    assert (await exchange(mesh, forged, kind=ID_TOKEN, auth=("mac", SECRET))).error == "invalid_request"


async def test_a_pairwise_id_token_finds_its_person(mesh):
    await mesh.client(
        "pair", subject_type="pairwise", grant_types=frozenset({"authorization_code", TOKEN_EXCHANGE})
    )
    tokens = await mesh.code_flow(mesh.browser(), "pair", auth=("pair", SECRET), scope="openid")

    reply = await exchange(mesh, tokens["id_token"], kind=ID_TOKEN, auth=("pair", SECRET))

    facts = await told(mesh, reply, ("pair", SECRET))
    assert (
        facts["sub"] == mesh.keys.verify("tenant-root", tokens["id_token"], typ="JWT")["sub"] != "sub-alice"
    )


async def test_revoking_the_first_grant_ends_what_came_of_it(mesh):
    token = (await exchange(mesh)).json()["access_token"]

    await mesh.http.post("/oauth2/revoke", form={"token": mesh.tokens["refresh_token"]}, auth=("web", SECRET))

    assert await mesh.introspect(token, auth=BACK) == {"active": False}


async def test_disabling_the_first_client_ends_what_came_of_its_token(mesh):
    token = (await exchange(mesh)).json()["access_token"]

    await mesh.client("web", enabled=False)

    assert await mesh.introspect(token, auth=BACK) == {"active": False}


@pytest.mark.parametrize("form", ["opaque", "jwt"])
async def test_what_is_exchanged_keeps_a_cookie_binding_beside_the_clients_own(mesh, form):
    await mesh.client("web", settings={"token_binding_type": "cookie"})
    settings = {
        "exchange_clients": ("web",), "exchange_impersonation": True, "access_token_format": form,
        "token_binding_type": "client-request",
    }  # fmt: skip
    await mesh.client("back", settings=settings, **EXCHANGE)
    browser = mesh.browser()
    tokens = await mesh.code_flow(browser)

    token = (await exchange(mesh, tokens["access_token"], tokenBindingId="one")).json()["access_token"]

    bearer = {"Authorization": f"Bearer {token}"}
    assert (await mesh.userinfo(token)).status == 401
    assert (await browser.get("/oauth2/userinfo", headers=bearer)).status == 200


async def test_a_grant_revoked_during_the_exchange_gives_nothing(mesh):
    commit, before = mesh.storage.commit, []

    async def revoking(*changes):
        if not before:
            before.append(True)
            await commit(
                Revoke(tenant_id="tenant-root", now=mesh.clock.now(), reason="test", sub="sub-alice")
            )
        return await commit(*changes)

    mesh.storage.commit = revoking
    try:
        assert (await exchange(mesh)).error == "invalid_request"
    finally:
        del mesh.storage.commit


async def test_a_trusted_issuers_token_becomes_ours(mesh):
    facts = await told(mesh, await exchange(mesh, mesh.issuer.sign(), kind=JWT, scope="email"))

    assert (facts["sub"], facts["scope"], facts["aut"]) == ("sub-alice", "email", "APPLICATION_USER")
    nothing = await told(mesh, await exchange(mesh, mesh.issuer.sign(), kind=JWT))
    assert "scope" not in nothing


async def test_a_foreign_subject_is_named_with_its_issuer_and_is_no_person(mesh):
    await mesh.tenant(trusted_issuers=(mesh.issuer.trusted(subjects="foreign"),))

    reply = await exchange(mesh, mesh.issuer.sign(sub="robot"), kind=JWT)

    assert (await told(mesh, reply))["sub"] == "https://other.test#robot"
    assert (await mesh.userinfo(reply.json()["access_token"])).status == 403


async def test_a_token_another_client_got_for_itself_is_refused(mesh):
    subject = (await mesh.token(grant_type="client_credentials", auth=("web", SECRET))).json()["access_token"]
    own = (await mesh.token(grant_type="client_credentials", auth=BACK)).json()["access_token"]

    assert (await exchange(mesh, subject)).error == "invalid_request"
    assert (await told(mesh, await exchange(mesh, own)))["sub"] == "back"


async def test_a_jwt_is_issued_only_where_access_tokens_are_jwts(mesh):
    assert (await exchange(mesh, requested_token_type=JWT)).error == "invalid_request"
    await mesh.client(
        "back",
        settings={
            "exchange_clients": ("web",), "exchange_impersonation": True, "access_token_format": "jwt",
        },
        **EXCHANGE,
    )  # fmt: skip

    reply = await exchange(mesh, requested_token_type=JWT)

    claims = mesh.keys.verify("tenant-root", reply.json()["access_token"], typ="at+jwt")
    assert (claims["sub"], claims["client_id"], reply.json()["issued_token_type"]) == (
        "sub-alice",
        "back",
        JWT,
    )
    again = await exchange(mesh, reply.json()["access_token"], kind=JWT)
    assert again.status == 200


async def test_a_refresh_token_is_not_to_be_had(mesh):
    kind = "urn:ietf:params:oauth:token-type:refresh_token"

    assert (await exchange(mesh, requested_token_type=kind)).error == "invalid_request"
    assert (await exchange(mesh, mesh.tokens["refresh_token"], kind=kind)).error == "invalid_request"
    assert (await exchange(mesh, mesh.tokens["refresh_token"])).error == "invalid_request"


async def test_a_pairwise_id_token_without_a_session_finds_its_person(mesh):
    await mesh.tenant(legacy=frozenset({"password"}))
    await mesh.client("pair", subject_type="pairwise", grant_types=frozenset({"password", TOKEN_EXCHANGE}))
    tokens = await mesh.token(
        grant_type="password", username="alice", password=PASSWORD, scope="openid", auth=("pair", SECRET)
    )

    reply = await exchange(mesh, tokens.json()["id_token"], kind=ID_TOKEN, auth=("pair", SECRET))

    assert (await told(mesh, reply, ("pair", SECRET)))["username"] == "alice"


async def two_grants(mesh):
    """Let the person agree to little, then to more, in one session; refresh what the first gave."""
    await mesh.tenant(resources=(Resource(resource=API),))
    await mesh.client("one", grant_types=frozenset({"authorization_code", "refresh_token", TOKEN_EXCHANGE}))
    browser = mesh.browser()
    auth = ("one", SECRET)
    first = await mesh.code_flow(browser, "one", auth=auth, scope="openid offline_access", prompt="consent")
    mesh.clock.forward(1)
    await mesh.code_flow(browser, "one", auth=auth, scope="openid email")
    mesh.clock.forward(1)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    return (await mesh.token(auth=auth, **form)).json(), auth


async def test_tx_05_an_id_token_is_worth_no_more_than_its_own_grant(mesh):
    little, auth = await two_grants(mesh)

    plain = await exchange(mesh, little["id_token"], kind=ID_TOKEN, auth=auth)
    more = await exchange(mesh, little["id_token"], kind=ID_TOKEN, auth=auth, scope="openid email")

    assert plain.json()["scope"] == "offline_access openid"
    assert more.error == "invalid_scope"


async def test_tx_02_an_id_token_ends_with_its_own_grant(mesh):
    little, auth = await two_grants(mesh)
    first = next(g for g in await mesh.storage.grants("tenant-root") if g.client_id == "one")
    await mesh.storage.commit(
        Revoke(tenant_id="tenant-root", now=mesh.clock.now(), reason="test", grant_id=first.grant_id)
    )

    reply = await exchange(mesh, little["id_token"], kind=ID_TOKEN, auth=auth)

    assert reply.error == "invalid_request"


async def test_an_id_token_of_an_earlier_sign_in_is_not_exchanged_on_a_later_one(mesh):
    await mesh.tenant(legacy=frozenset({"password"}))
    await mesh.client("old", grant_types=frozenset({"password", TOKEN_EXCHANGE}))

    async def sign_in():
        form = {"username": "alice", "password": PASSWORD, "scope": "openid"}
        return (await mesh.token(grant_type="password", auth=("old", SECRET), **form)).json()["id_token"]

    first = await sign_in()
    for grant in await mesh.storage.grants("tenant-root"):
        await mesh.storage.commit(
            Revoke(tenant_id="tenant-root", now=mesh.clock.now(), reason="test", grant_id=grant.grant_id)
        )
    mesh.clock.forward(5)
    second = await sign_in()

    assert (await exchange(mesh, first, kind=ID_TOKEN, auth=("old", SECRET))).error == "invalid_request"
    assert (await exchange(mesh, second, kind=ID_TOKEN, auth=("old", SECRET))).status == 200


async def test_a_bound_token_is_not_exchanged_with_the_proof_of_another_key(mesh):
    own, other = ClientKey(), ClientKey()
    code = await mesh.code_for(mesh.browser(), scope="openid email")
    bound = (await mesh.redeem(code, headers=at_token(mesh, own))).json()["access_token"]

    foreign = await mesh.token(
        grant_type=TOKEN_EXCHANGE, subject_token=bound, subject_token_type=ACCESS_TOKEN, auth=BACK,
        headers=at_token(mesh, other),
    )  # fmt: skip

    assert foreign.error == "invalid_request"
    assert (await told(mesh, await exchange(mesh, bound)))["cnf"] == {"jkt": own.thumbprint}


async def test_a_jwt_tells_who_acts(mesh):
    await mesh.client(
        "back", settings={"exchange_clients": ("web",), "access_token_format": "jwt"}, **EXCHANGE
    )
    acting = (await mesh.token(grant_type="client_credentials", auth=BACK)).json()["access_token"]

    reply = await exchange(mesh, actor_token=acting, actor_token_type=ACCESS_TOKEN)

    claims = mesh.keys.verify("tenant-root", reply.json()["access_token"], typ="at+jwt")
    assert claims["act"] == {"sub": "back"}


async def test_a_signed_answer_of_userinfo_is_no_id_token(mesh):
    await mesh.client(
        "web",
        userinfo_signed_response_alg="RS256",
        grant_types=frozenset({"authorization_code", TOKEN_EXCHANGE}),
    )
    answer = (await mesh.userinfo(mesh.tokens["access_token"])).text
    assert mesh.keys.verify("tenant-root", answer, typ="JWT")["aud"] == "web"

    reply = await exchange(mesh, answer, kind=ID_TOKEN, auth=("web", SECRET))

    assert reply.error == "invalid_request"
