"""Whatever ends, ends everywhere at once: each way in, tried after each end (LC-01, LC-02, RT-09, TN-07).

The ends here are the bare facts in the store, without the tidying an operator's act does besides: the
gates must decide by what is true, not by what somebody remembered to revoke.
"""

import pytest
import pytest_asyncio
from msgspec import structs

from limen.model.grant import Grant
from limen.ports.storage import Put, Remove, Revoke
from limen.protocol.registered_values import DEVICE_CODE, JWT_BEARER, TOKEN_EXCHANGE
from limen.protocol.token_exchange import ACCESS_TOKEN, ID_TOKEN, JWT
from tests.device import Device
from tests.issuer import Issuer
from tests.world import CALLBACK, PASSWORD, SECRET, make_world

APP, RS = ("app", SECRET), ("rs", SECRET)
GRANTS = frozenset({
    "authorization_code", "refresh_token", "client_credentials", "password", DEVICE_CODE, JWT_BEARER,
    TOKEN_EXCHANGE,
})  # fmt: skip
FORMATS = ("opaque", "jwt", "reference")
SCOPE = "openid email"


class Life:
    """One server with something begun in every way there is; `try_all` goes on with each of them."""

    def __init__(self, world):
        self.world, self.ways = world, {}
        self.issuer = Issuer(world.clock)
        self.browser = world.browser()

    async def begin(self):
        world = self.world
        self.tenant = await world.tenant(
            legacy=frozenset({"password"}), trusted_issuers=(self.issuer.trusted(),)
        )
        # A long-lived access token for each format, and the app's own settings back at last.
        self.person = await world.person()
        await world.client("rs", grant_types=frozenset({"client_credentials"}))
        self.device_client = await self.app("opaque")
        for kind in FORMATS:
            await self.app(kind)
            tokens = await self.signed_in()
            self.by_token(kind, tokens["access_token"])
        self.client = await self.app("opaque")
        await self.by_grant(await self.signed_in())
        await self.by_person()
        await self.by_device()
        await self.by_exchange(await self.signed_in())
        world.clock.forward(2)

    async def app(self, kind):
        return await self.world.client(
            "app",
            grant_types=GRANTS,
            first_party=False,
            settings={
                "access_token_format": kind,
                "token_binding_type": "sso-session",
                "exchange_impersonation": True,
            },
        )

    async def signed_in(self):
        return await self.world.code_flow(self.browser, "app", auth=APP, scope=SCOPE)

    def ask(self, name, **form):
        async def use():
            return (await self.world.token(auth=APP, **form)).status == 200

        self.ways[name] = use

    def by_token(self, kind, token):
        async def userinfo():
            return (await self.world.userinfo(token)).status == 200

        self.ways[f"userinfo {kind}"] = userinfo
        self.ways[f"introspect {kind}"] = lambda: self.is_active(token)

    async def is_active(self, token):
        reply = await self.world.http.post("/oauth2/introspect", form={"token": token}, auth=RS)
        return reply.status == 200 and reply.json()["active"]

    async def by_grant(self, tokens):
        self.ways["introspect refresh"] = lambda: self.is_active(tokens["refresh_token"])
        self.ask("refresh", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        code = await self.world.code_for(self.browser, "app", scope=SCOPE)

        async def redeem():
            return (await self.world.redeem(code, auth=APP)).status == 200

        self.ways["code"] = redeem

    async def by_person(self):
        self.ask("client_credentials", grant_type="client_credentials")
        self.ask("password", grant_type="password", username="alice", password=PASSWORD, scope=SCOPE)
        self.ask("jwt_bearer", grant_type=JWT_BEARER, assertion=self.issuer.sign(), scope=SCOPE)

        async def single_sign_on():
            reply = await self.world.authorize(self.browser, "app", scope=SCOPE, prompt="none")
            return reply.status == 303 and reply.location.startswith(CALLBACK) and "code" in reply.params

        async def sign_in():
            browser = self.world.browser()
            reply = await self.world.authorize(browser, "app", scope=SCOPE)
            reply = await self.world.journey(browser, reply)
            return bool(reply.header("location")) and "code" in reply.params

        self.ways["single sign-on"], self.ways["sign-in"] = single_sign_on, sign_in

    async def by_device(self):
        world = self.world
        began = await world.http.post("/oauth2/device_authorize", form={"scope": SCOPE}, auth=APP)
        approved = Device(world, "app", began.json())
        await approved.answer(world.browser())
        self.ask("device", grant_type=DEVICE_CODE, device_code=approved.codes["device_code"])
        began = await world.http.post("/oauth2/device_authorize", form={"scope": SCOPE}, auth=APP)
        waiting, browser = Device(world, "app", began.json()), self.browser
        page = await browser.follow(await waiting.enter(browser))

        async def confirm():
            form = world.fill(page.text, page.url, "", "", True)
            reply = await browser.submit(page.url, form)
            return reply.status == 200 and "Go back to your device" in reply.text

        self.ways["device confirmation"] = confirm

        async def start():
            return (await world.http.post("/oauth2/device_authorize", form={}, auth=APP)).status == 200

        self.ways["device authorization"] = start

    async def by_exchange(self, tokens):
        def trade(token, kind):
            return {"grant_type": TOKEN_EXCHANGE, "subject_token": token, "subject_token_type": kind}

        self.ask("exchange", **trade(tokens["access_token"], ACCESS_TOKEN))
        self.ask("exchange id_token", **trade(tokens["id_token"], ID_TOKEN))
        self.ask("exchange foreign", **trade(self.issuer.sign(), JWT))
        traded = await self.world.token(auth=APP, **trade(tokens["access_token"], ACCESS_TOKEN))
        token = traded.json()["access_token"]
        self.ways["introspect exchanged"] = lambda: self.is_active(token)

    async def try_all(self):
        return {name for name, use in self.ways.items() if await use()}

    def grants(self):
        return self.world.storage.grants("tenant-root")


@pytest_asyncio.fixture
async def life():
    world = await make_world()
    life = Life(world)
    await life.begin()
    yield life
    await world.close()


async def disable_person(life):
    await life.world.change(life.person, enabled=False)


async def delete_person(life):
    await life.world.storage.commit(Remove(life.person))


async def reset_password(life):
    hashed = await life.world.ports.passwords.hash("another one entirely")
    await life.world.change(life.person, password_hash=hashed, not_before=life.world.clock.now())


async def disable_client(life):
    await life.world.change(life.client, enabled=False)


async def delete_client(life):
    await life.world.storage.commit(Remove(life.client))


async def expire_secret(life):
    secrets = tuple(structs.replace(s, expires_at=life.world.clock.now()) for s in life.client.client_secrets)
    await life.world.change(life.client, client_secrets=secrets)


async def disable_tenant(life):
    await life.world.change(life.tenant, enabled=False)


async def revoke_grants(life):
    for grant in await life.grants():
        await life.world.storage.commit(
            Revoke(
                tenant_id="tenant-root", now=life.world.clock.now(), reason="test", grant_id=grant.grant_id
            )
        )


async def end_session(life):
    for session in await life.world.storage.sessions("tenant-root", life.person.sub):
        await life.world.storage.commit(Remove(session))


async def withdraw_consent(life):
    consent = await life.world.storage.consent("tenant-root", life.person.sub, "app")
    ended = Revoke(
        tenant_id="tenant-root",
        now=life.world.clock.now(),
        reason="test",
        sub=life.person.sub,
        client_id="app",
    )
    await life.world.storage.commit(Remove(consent), ended)


async def end_tokens_of_client(life):
    await life.world.change(life.client, not_before=life.world.clock.now())


async def end_tokens_of_tenant(life):
    await life.world.change(life.tenant, not_before=life.world.clock.now())


SHOWN = {f"{way} {kind}" for way in ("userinfo", "introspect") for kind in FORMATS}
BY_ITSELF = {"client_credentials", "device authorization"}
FRESH = {"password", "sign-in"}  # the person proves themself anew
VOUCHED = {"jwt_bearer", "exchange foreign"}  # another issuer vouches anew

# What each end leaves open, because it does not depend on what ended. Everything else must be denied.
STILL_OPEN = {
    disable_person: BY_ITSELF,
    delete_person: BY_ITSELF,
    reset_password: BY_ITSELF,
    disable_client: set(),
    delete_client: set(),
    # A secret proves the client; it does not carry its tokens, and browsers never show it.
    expire_secret: SHOWN
    | {"introspect refresh", "introspect exchanged", "single sign-on", "sign-in", "device confirmation"},
    disable_tenant: set(),
    revoke_grants: BY_ITSELF | FRESH | VOUCHED | {"single sign-on", "device confirmation"},
    # A device's grant knows no session (docs/decisions/0051).
    end_session: BY_ITSELF | FRESH | VOUCHED | {"device"},
    withdraw_consent: BY_ITSELF | FRESH | VOUCHED | {"device confirmation"},
    end_tokens_of_client: BY_ITSELF | FRESH | VOUCHED | {"single sign-on", "device confirmation"},
    # Sessions are what a tenant gives out, too: a second life knows none of the first.
    end_tokens_of_tenant: BY_ITSELF | FRESH,
}


async def test_every_way_is_open_as_long_as_nothing_ends(life):
    assert await life.try_all() == set(life.ways)


@pytest.mark.parametrize("end", STILL_OPEN, ids=lambda end: end.__name__)
async def test_lc_01_nothing_gets_past_what_ended(life, end):
    await end(life)

    assert await life.try_all() == STILL_OPEN[end]


async def test_lc_02_after_disabling_prompt_none_is_told_login_required(life):
    await disable_person(life)

    reply = await life.world.authorize(life.browser, "app", prompt="none")

    assert reply.params["error"] == "login_required"


@pytest.mark.parametrize("end", [disable_person, delete_person, reset_password], ids=lambda end: end.__name__)
async def test_rt_09_no_refresh_after_the_end_of_a_person(life, end):
    await end(life)

    assert await life.ways["refresh"]() is False


async def test_tn_07_a_disabled_tenant_answers_nothing(life):
    await disable_tenant(life)

    paths = (
        "/oauth2/authorize",
        "/.well-known/openid-configuration",
        "/oauth2/jwks",
        "/device",
        "/oidc/logout",
    )
    assert {(await life.world.http.get(path)).status for path in paths} == {404}


async def test_a_second_chance_needs_new_tokens(life):
    """Enabling again does not bring back what an operator's act ended."""
    from limen.admin import people
    from limen.admin.operation import OPERATOR

    named = people.NamePerson(tenant="", person="alice")
    await people.disable(named, OPERATOR, life.world.ports)
    await people.enable(named, OPERATOR, life.world.ports)
    life.world.clock.forward(1)

    assert (await life.try_all()) & (
        SHOWN | {"code", "refresh", "device", "exchange", "single sign-on"}
    ) == set()


async def test_a_grant_that_vanished_is_no_grant(life):
    for grant in await life.grants():
        assert isinstance(grant, Grant)
        await life.world.storage.commit(Remove(grant))
    await life.world.storage.commit(Put(life.person))

    assert await life.try_all() == STILL_OPEN[revoke_grants]
