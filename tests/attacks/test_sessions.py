"""Attacks on sessions, consent and sign-out: rows SE, CO and LO of the catalogue, by id."""

import asyncio
import re

import jwt
import pytest
from joserfc import jwe, jwk

from limen.admin import consents, sessions
from limen.admin.operation import OPERATOR
from limen.admin.refusal import Refusal
from limen.http.cookies import wire_name
from limen.tokens.digest import digest
from tests.applicant import Applicant, open_registration
from tests.ciba import Asking, add_ciba_client
from tests.device import Device, add_device_client
from tests.http.asgi_client import AsgiClient
from tests.world import PASSWORD, SECRET, form_of, make_world

SESSION = wire_name("session", "tenant-root", secure=True)
OUT = "https://app.test/out"


async def sign_in_page(world, browser, **params):
    return await browser.follow(await world.authorize(browser, **params))


def credentials(page, username="alice", password=PASSWORD):
    return [*form_of(page.text).hidden, ("username", username), ("password", password)]


async def is_signed_in(world, browser):
    return (await world.authorize(browser, prompt="none")).params.get("error") != "login_required"


async def test_se_01_every_sign_in_makes_a_new_handle_and_ends_the_old(world):
    browser, thief = world.browser(), world.browser()
    await world.code_for(browser)
    thief.cookies = {SESSION: browser.cookies[SESSION]}
    assert await is_signed_in(world, thief)

    page = await sign_in_page(world, browser, prompt="login")
    await browser.submit(page.url, credentials(page))

    assert browser.cookies[SESSION] != thief.cookies[SESSION]
    assert await is_signed_in(world, browser)
    assert not await is_signed_in(world, thief)


async def test_se_01_a_sign_in_that_the_application_refuses_is_one_nonetheless(world):
    """The old session has ended: the answer brings the new one."""
    await world.person("bob")
    browser = world.browser()
    hint = (await world.code_flow(browser))["id_token"]
    page = await sign_in_page(world, browser, prompt="login", id_token_hint=hint)
    old = browser.cookies[SESSION]

    answer = await browser.submit(page.url, credentials(page, "bob"))

    assert answer.params["error"] == "login_required"
    assert browser.cookies[SESSION] != old
    assert await is_signed_in(world, browser)


async def test_se_who_leaves_an_account_leaves_its_browser_state(world):
    """Session Management §3.2: applications see by it that the person at the browser has changed."""
    browser = world.browser()
    await world.code_for(browser)
    page = await sign_in_page(world, browser, prompt="select_account")

    await browser.submit(page.url, [*form_of(page.text).hidden, ("another", "1")])

    assert [name for name in browser.cookies if not name.startswith("__Host-lm_i_")] == [
        wire_name("device", "tenant-root", secure=True)
    ]


async def test_se_02_a_handle_somebody_chose_is_not_adopted(world):
    browser = world.browser()
    browser.cookies[SESSION] = "chosen-by-an-attacker-chosen-by-an-attacker"
    page = await sign_in_page(world, browser)

    await browser.submit(page.url, credentials(page))

    assert browser.cookies[SESSION] != "chosen-by-an-attacker-chosen-by-an-attacker"
    thief = world.browser()
    thief.cookies = {SESSION: "chosen-by-an-attacker-chosen-by-an-attacker"}
    assert not await is_signed_in(world, thief)


async def test_se_02_a_journey_belongs_to_the_browser_that_began_it(world):
    attacker, victim = world.browser(), world.browser()
    page = await sign_in_page(world, attacker)

    shown = await victim.get(page.url)
    sent = await victim.submit(page.url, credentials(page))

    assert (shown.status, sent.status) == (403, 403)
    assert SESSION not in victim.cookies


FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "", "Origin": "https://evil.test"},
    {"Sec-Fetch-Site": "", "Origin": "null"},
)


@pytest.mark.parametrize("headers", FOREIGN)
async def test_se_04_se_06_forms_of_other_sites_do_nothing(world, headers):
    await add_device_client(world)
    browser = world.browser()
    page = await sign_in_page(world, browser)
    device = await Device.start(world)
    entry = await browser.get("/device")
    posts = {
        page.url: credentials(page),
        "/device": [*form_of(entry.text).hidden, ("user_code", device.codes["user_code"])],
        "/setup/x": {"username": "root", "password": PASSWORD},
    }
    for url, form in posts.items():
        reply = await browser.submit(url, form, headers=headers)
        assert reply.status == 403, url
        assert reply.all("set-cookie") == []
    assert SESSION not in browser.cookies


@pytest.mark.parametrize("headers", FOREIGN)
async def test_se_06_nobody_consents_confirms_or_approves_from_another_site(world, headers):
    await add_device_client(world)
    await add_ciba_client(world)
    browser = world.browser()
    await world.code_for(browser)
    consent = await browser.follow(await world.authorize(browser, scope="openid email"))
    confirm = await browser.follow(await (await Device.start(world)).enter(browser))

    for page in (consent, confirm):
        form = form_of(page.text)
        reply = await browser.submit(page.url, [*form.hidden, *form.ticked, ("allow", "1")], headers=headers)
        assert reply.status == 403
    stored = await world.storage.consent("tenant-root", "sub-alice", "web")
    assert "email" not in stored.scope


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x"])
async def test_se_06_forms_are_sent_as_forms(world, kind):
    browser = world.browser()
    page = await sign_in_page(world, browser)

    reply = await browser.request(
        "POST", page.url, body=b'{"username": "alice"}', headers={"Content-Type": kind}
    )

    assert reply.status == 415


async def test_se_07_no_page_can_be_framed_but_the_one_that_is_for_it(world):
    await add_device_client(world)
    browser = world.browser()
    pages = [await sign_in_page(world, browser)]
    await world.code_for(browser)
    pages += [
        await browser.follow(await world.authorize(browser, prompt="consent")),
        await browser.follow(await world.authorize(browser, prompt="select_account")),
        await browser.follow(await (await Device.start(world)).enter(browser)),
        *[
            await browser.get(path)
            for path in (
                "/", "/device", "/approve", "/oidc/logout", "/setup/x", "/nothing", "/oauth2/authorize",
                "/i/x/sign_in", "/oauth2/authorize?client_id=web&redirect_uri=https://evil.test",
            )
        ],
        await world.journey(browser, await world.authorize(browser, response_mode="form_post")),
    ]  # fmt: skip
    for page in pages:
        if page.header("location") or "text/html" not in (page.header("content-type") or ""):
            continue
        policy = page.header("content-security-policy")
        assert "frame-ancestors 'none'" in policy, page.url
        assert page.header("x-frame-options") == "DENY", page.url
        assert "unsafe" not in policy
    frame = await browser.get("/oidc/checksession")
    assert frame.header("x-frame-options") is None


async def test_se_09_cookies_keep_to_themselves(world):
    await add_device_client(world)
    await world.client("bound", settings={"token_binding_type": "cookie"})
    browser, lines = world.browser(), []
    send = browser.send

    async def listening(*args, **kwargs):
        reply = await send(*args, **kwargs)
        lines.extend(reply.all("set-cookie"))
        return reply

    browser.send = listening
    await world.code_for(browser, "bound")
    await browser.get("/device")
    await browser.get("/oidc/logout")

    assert len(lines) > 5
    for line in lines:
        name = line.partition("=")[0]
        parts = set(line.split("; ")[1:])
        assert len(line) < 4096
        assert {"Path=/", "Secure"} <= parts, line
        assert not any(part.startswith("Domain") for part in parts)
        if name.startswith("lm_bs_"):  # the page that others frame reads it; it opens nothing
            assert "SameSite=None" in parts
        else:
            assert name.startswith("__Host-")
            assert {"HttpOnly", "SameSite=Lax"} <= parts, line


async def test_se_14_a_session_is_ended_as_its_own_person_s_only(world):
    await world.person("bob")
    await world.code_for(world.browser())
    (session,) = await sessions.list_sessions(
        sessions.ListSessions(tenant="", person="alice"), OPERATOR, world.ports
    )

    command = sessions.EndSessions(tenant="", person="bob", session_id=session.session_id)
    with pytest.raises(Refusal) as refused:
        await sessions.end(command, OPERATOR, world.ports)

    assert refused.value.status == 404
    assert await world.storage.sessions("tenant-root", "sub-alice") == (session,)


@pytest.mark.parametrize(("step", "times"), [(1_801, 1), (1_700, 26)])
async def test_se_15_idle_and_absolute_limits_are_the_server_s(world, step, times):
    browser = world.browser()
    await world.code_for(browser)

    for _ in range(times):
        world.clock.forward(step)
        alive = await is_signed_in(world, browser)
        if not alive:
            break

    assert not alive
    assert SESSION in browser.cookies  # the browser would have gone on


async def test_co_02_tampered_consent_gains_nothing(world):
    browser = world.browser()
    await world.client("narrow", scope="openid email")
    begun = await world.authorize(browser, "narrow", scope="openid email")
    page = await browser.follow(begun)
    begun = await browser.submit(page.url, credentials(page))
    page = await browser.follow(begun)
    hidden = form_of(page.text).hidden
    wider = [*hidden, *(("scope", name) for name in ("openid", "email", "phone", "profile", "admin"))]
    token = dict(hidden)["form_token"]
    other = [(n, v if n != "form_token" else "x" + v[1:]) for n, v in wider]

    tampered = await browser.submit(page.url, [*other, ("allow", "1")])
    reply = await browser.submit(page.url, [*wider, ("allow", "1"), ("client_id", "web"), ("sub", "bob")])

    assert token
    assert tampered.status == 403
    tokens = (await world.redeem(reply.params["code"], auth=("narrow", SECRET))).json()
    assert set(tokens["scope"].split()) == {"openid", "email"}


async def test_co_a_decision_sent_to_the_address_of_another_step_decides_nothing(world):
    browser = world.browser()
    await world.client("narrow", scope="openid email")
    page = await browser.follow(await world.authorize(browser, "narrow", scope="openid email"))
    page = await browser.follow(await browser.submit(page.url, credentials(page)))
    form = form_of(page.text)
    decided = [*form.hidden, *form.ticked, ("allow", "1")]

    for step in ("sign_in", "choose_account", "approve", "done", "nonsense"):
        elsewhere = f"{page.url.rpartition('/')[0]}/{step}"
        reply = await browser.submit(elsewhere, decided)
        assert (reply.status, reply.location) == (303, page.url)
    reply = await browser.submit(page.url, decided)

    assert reply.params["code"]


@pytest.mark.parametrize("step", ["sign_in", "done"])
async def test_a_journey_that_another_tab_has_settled_is_answered_whatever_step_is_asked_for(world, step):
    browser = world.browser()
    page = await browser.follow(await world.authorize(browser))
    await world.code_for(browser)

    reply = await browser.get(f"{page.url.rpartition('/')[0]}/{step}")

    assert (reply.status, "code" in reply.params) == (303, True)


async def test_co_nobody_has_agreed_because_somebody_else_did_before_the_answer_could_leave(world):
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.person("bob")
    asked = {"scope": "openid email", "response_type": "code id_token", "nonce": "n" * 43}
    encrypting = {"id_token_encrypted_response_alg": "RSA-OAEP-256", "jwks": {"keys": []}}
    grants = frozenset({"authorization_code", "implicit"})
    client = await world.client("hybrid", response_types=("code id_token",), grant_types=grants, **encrypting)
    browser = world.browser()
    page = await browser.follow(await world.authorize(browser, "hybrid", **asked))
    consent = await browser.follow(await browser.submit(page.url, credentials(page)))
    form = form_of(consent.text)
    failed = await browser.submit(consent.url, [*form.hidden, *form.ticked, ("allow", "1")])
    assert "error=invalid_request" in failed.location
    await world.change(client, id_token_encrypted_response_alg=None)

    page = await sign_in_page(world, browser, prompt="login")
    bobs = await browser.submit(f"{page.url}?another=1", credentials(page, "bob"))
    assert bobs.location.endswith("/consent")
    reply = await browser.get(consent.url)

    assert reply.status == 200
    assert form_of(reply.text).hidden != form.hidden


async def test_co_04_opening_the_address_of_a_form_decides_nothing(world):
    browser = world.browser()
    await world.code_for(browser)
    begun = await world.authorize(browser, scope="openid email")
    page = await browser.follow(begun)
    form = form_of(page.text)

    reply = await browser.get(page.url, params=[*form.hidden, *form.ticked, ("allow", "1")])

    assert reply.status == 200
    assert form_of(reply.text).hidden == form.hidden
    assert "email" not in (await world.storage.consent("tenant-root", "sub-alice", "web")).scope


async def test_co_09_withdrawn_consent_ends_the_client_s_tokens(world):
    browser = world.browser()
    tokens = await world.code_flow(browser)
    command = consents.WithdrawConsent(tenant="", person="alice", client_id="web")

    await consents.withdraw(command, OPERATOR, world.ports)

    assert await world.introspect(tokens["access_token"]) == {"active": False}
    assert (await world.refresh(tokens["refresh_token"])).error == "invalid_grant"
    assert (await world.authorize(browser, prompt="none")).params["error"] == "consent_required"


@pytest.mark.parametrize(
    "uri",
    ["https://evil.test/", OUT + "/", OUT + "?x", "javascript:alert(1)", "//evil.test", "https://app.test"],
)
async def test_lo_01_an_unregistered_address_is_no_way_out(world, uri):
    await world.client("web", post_logout_redirect_uris=(OUT,))
    browser = world.browser()
    tokens = await world.code_flow(browser)

    for more in ({"client_id": "web"}, {"id_token_hint": tokens["id_token"]}, {}):
        asked = {"post_logout_redirect_uri": uri, **more}
        for reply in (
            await browser.get("/oidc/logout", params=asked),
            await browser.post("/oidc/logout", form=asked),
        ):
            assert reply.header("location") is None
            assert reply.status == 400
            assert "evil.test" not in reply.text
    assert await is_signed_in(world, browser)


async def test_lo_01_a_disabled_application_is_no_way_out(world):
    client = await world.client("web", post_logout_redirect_uris=(OUT,))
    browser = world.browser()
    hint = (await world.code_flow(browser))["id_token"]
    await world.change(client, enabled=False)

    for asker in (browser, world.browser()):
        asked = {"id_token_hint": hint, "post_logout_redirect_uri": OUT}
        reply = await asker.get("/oidc/logout", params=asked)
        assert (reply.status, reply.header("location")) == (200, None)
    assert SESSION not in browser.cookies


async def test_lo_02_without_a_hint_the_person_is_asked(world):
    await world.client("web", post_logout_redirect_uris=(OUT,))
    browser = world.browser()
    await world.code_for(browser)
    page = await browser.get("/oidc/logout", params={"client_id": "web", "post_logout_redirect_uri": OUT})
    assert await is_signed_in(world, browser)
    form = dict(form_of(page.text).hidden)

    for token in ("", "x", "é", form["form_token"][:-1], form["form_token"].upper()):
        await browser.submit("/oidc/logout", {**form, "form_token": token, "sign_out": "1"})
        assert await is_signed_in(world, browser)
    left = await browser.submit("/oidc/logout", {**form, "sign_out": "1"})

    assert left.location == OUT
    assert not await is_signed_in(world, browser)


@pytest.mark.parametrize("params", [{}, {"client_id": "web"}, {"logout_hint": "alice"}, {"sign_out": "1"}])
async def test_lo_05_an_image_elsewhere_signs_nobody_out(world, params):
    browser = world.browser()
    await world.code_for(browser)

    await browser.get("/oidc/logout", params=params, headers={"Sec-Fetch-Site": "cross-site"})
    await browser.post("/oidc/logout", form=params, headers={"Sec-Fetch-Site": "cross-site"})

    assert await is_signed_in(world, browser)


async def from_elsewhere(browser, form):
    """Send a form of another site to the place where people sign out: cookies that are Lax stay behind."""
    form_only = AsgiClient(browser.app)
    form_only.cookies = {name: value for name, value in browser.cookies.items() if name.startswith("lm_bs")}
    reply = await form_only.post("/oidc/logout", form=form, headers={"Sec-Fetch-Site": "cross-site"})
    for line in reply.all("set-cookie"):
        browser.cookies.pop(line.partition("=")[0], None)
    return reply


@pytest.mark.parametrize("params", [{}, {"client_id": "web"}, {"logout_hint": "alice", "sign_out": "1"}])
async def test_lo_05_a_form_elsewhere_takes_nobody_s_cookies(world, params):
    browser = world.browser()
    await world.code_for(browser)

    page = await browser.follow(await from_elsewhere(browser, params))

    assert "sign_out" in form_of(page.text).buttons
    assert await is_signed_in(world, browser)


async def test_lo_05_an_image_elsewhere_takes_no_browser_state(world):
    """It comes with no cookie but that one, which is SameSite=None."""
    browser, image = world.browser(), world.browser()
    await world.code_for(browser)
    image.cookies = {name: value for name, value in browser.cookies.items() if name.startswith("lm_bs")}

    reply = await image.get("/oidc/logout", headers={"Sec-Fetch-Site": "cross-site"})

    assert (len(image.cookies), reply.all("set-cookie")) == (1, [])


async def test_lo_10_a_hint_that_another_site_posts_ends_the_session(world):
    await world.client("web", post_logout_redirect_uris=(OUT,))
    browser, kept = world.browser(), world.browser()
    tokens = await world.code_flow(browser)
    kept.cookies = dict(browser.cookies)
    form = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": OUT, "state": "a b&c"}

    left = await browser.follow(await from_elsewhere(browser, form))

    assert left.location == f"{OUT}?state=a+b%26c"
    assert not await is_signed_in(world, kept)


async def test_lo_05_a_stranger_s_hint_signs_nobody_out(world):
    await world.person("mallory")
    mallory = world.browser()
    begun = await world.journey(mallory, await world.authorize(mallory), username="mallory")
    hint = (await world.redeem(begun.params["code"])).json()["id_token"]
    browser = world.browser()
    await world.code_for(browser)

    await browser.get("/oidc/logout", params={"id_token_hint": hint})

    assert await is_signed_in(world, browser)


async def test_lo_10_cookies_kept_from_before_open_nothing(world):
    browser, kept = world.browser(), world.browser()
    tokens = await world.code_flow(browser)
    kept.cookies = dict(browser.cookies)
    page = await kept.follow(await world.authorize(kept, scope="openid email"))
    assert re.search("alice", page.text)

    await browser.get("/oidc/logout", params={"id_token_hint": tokens["id_token"]})

    assert not await is_signed_in(world, kept)
    again = await kept.get(page.url)
    assert again.status == 303
    assert again.header("cache-control") == "no-store"
    assert page.header("cache-control") == "no-store"


async def test_lo_05_a_client_makes_up_no_hint_to_sign_somebody_out_with(world):
    await world.client("keyed", id_token_signed_response_alg="HS256")
    browser = world.browser()
    tokens = await world.code_flow(browser, "keyed", auth=("keyed", SECRET))
    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    made_up = jwt.encode({**claims, "sid": "another"}, SECRET, algorithm="HS256")

    asked = await browser.get("/oidc/logout", params={"id_token_hint": made_up, "client_id": "keyed"})
    assert (asked.status, await is_signed_in(world, browser)) == (200, True)
    await browser.get("/oidc/logout", params={"id_token_hint": tokens["id_token"], "client_id": "keyed"})
    assert not await is_signed_in(world, browser)


async def test_nobody_s_own_registration_makes_our_address_a_redirector(world):
    await open_registration(world)
    app = await Applicant.register(world, initiate_login_uri="https://evil.test/start")

    reply = await world.browser().get(f"/login/{app.client_id}")

    assert (reply.status, reply.header("location")) == (400, None)


@pytest.mark.parametrize("url", ["memory:", "sqlite"])
async def test_lo_who_signs_out_while_agreeing_has_agreed_to_nothing(url, tmp_path):
    world = await make_world(url if url == "memory:" else f"sqlite://{tmp_path}/limen.db")
    await world.client("web")
    await world.client("other", settings={"consent": "trusted"})
    await world.person()
    for turn in range(6):
        browser = world.browser()
        page = await sign_in_page(world, browser, scope="openid email", prompt="consent")
        page = await browser.follow(await browser.submit(page.url, credentials(page)))
        form = form_of(page.text)
        agrees = browser.submit(page.url, [*form.hidden, *form.ticked, ("allow", "1")])
        ends = sessions.end(sessions.EndSessions(tenant="", person="alice"), OPERATOR, world.ports)

        done = await asyncio.gather(*((agrees, ends) if turn % 2 else (ends, agrees)))

        reply = done[0] if turn % 2 else done[1]
        if "code" in reply.params:
            assert (await world.redeem(reply.params["code"])).error == "invalid_grant"
        else:
            assert reply.location.endswith(("/sign_in", "/consent"))
            # Nor later, when the same person is there again and opens the page without pressing anything.
            await world.code_for(browser, "other")
            assert (await browser.follow(await browser.get(page.url))).url.endswith("/consent")
    await world.close()


async def test_co_09_what_ends_while_the_answer_is_wrapped_up_gives_no_tokens(world):
    key = jwk.RSAKey.generate_key(2048, parameters={"kid": "enc-1", "use": "enc"})
    await world.client(
        "slow",
        jwks_uri="https://app.test/jwks",
        authorization_encrypted_response_alg="RSA-OAEP-256",
        authorization_encrypted_response_enc="A256GCM",
    )

    async def slowly(_url, **_options):
        await sessions.end(sessions.EndSessions(tenant="", person="alice"), OPERATOR, world.ports)
        return {"keys": [key.as_dict(private=False)]}

    world.ports.fetcher.json = slowly  # the application's own server takes its time
    browser = world.browser()
    reply = await world.journey(browser, await world.authorize(browser, "slow", response_mode="jwt"))

    registry = jwe.JWERegistry(algorithms=["RSA-OAEP-256", "A256GCM"])
    opened = jwe.decrypt_compact(reply.params["response"], key, registry=registry).plaintext.decode()
    code = jwt.decode(opened, options={"verify_signature": False})["code"]
    assert (await world.redeem(code, auth=("slow", SECRET))).error == "invalid_grant"


async def after(turns, work):
    for _ in range(turns):
        await asyncio.sleep(0)
    return await work


@pytest.mark.parametrize("url", ["memory:", "sqlite"])
async def test_lo_who_is_signed_out_while_deciding_elsewhere_has_allowed_nothing(url, tmp_path):
    world = await make_world(url if url == "memory:" else f"sqlite://{tmp_path}/limen.db")
    await add_device_client(world)
    await add_ciba_client(world)
    await world.client("web", settings={"consent": "trusted"})
    await world.person()
    for turns in range(16):
        device, asking = await Device.start(world), await Asking.start(world)
        browser, other = world.browser(), world.browser()
        page = await browser.follow(await device.enter(browser))
        page = await browser.follow(await browser.submit(page.url, credentials(page)))
        link = f"/approve/{digest(asking.told['auth_req_id'])}"
        shown = await other.follow(await other.get(link))
        shown = await other.follow(await other.submit(shown.url, credentials(shown)))
        ends = sessions.end(sessions.EndSessions(tenant="", person="alice"), OPERATOR, world.ports)

        await asyncio.gather(
            browser.submit(page.url, world.fill(page.text, page.url, "", "", True)),
            other.submit(shown.url, world.fill(shown.text, shown.url, "", "", True)),
            after(turns, ends),
        )

        assert (await device.poll()).error in {"authorization_pending", "invalid_grant"}
        assert (await asking.poll()).error in {"authorization_pending", "invalid_grant"}
        # Nor later, when the same person is there again and opens the page without pressing anything.
        world.clock.forward(10)
        for tab, at in ((browser, page.url), (other, shown.url)):
            await world.code_for(tab)
            await tab.get(at)
        assert (await device.poll()).error in {"authorization_pending", "invalid_grant"}
        assert (await asking.poll()).error in {"authorization_pending", "invalid_grant"}
        world.clock.forward(600)  # what still waits is forgotten
    await world.close()
