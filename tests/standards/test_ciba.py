"""OpenID Connect Client-Initiated Backchannel Authentication Core 1.0, and its FAPI profile."""

import asyncio

import pytest
import pytest_asyncio

from limen.admin.operation import OPERATOR
from limen.admin.user_codes import SetUserCode, set_user_code
from limen.model.secret import Secret
from limen.model.tenant import DetailType
from limen.ports.outbound import FetchError
from limen.ports.storage import Live, Present, Revoke
from limen.protocol.registered_values import CIBA
from limen.tokens.digest import digest
from limen.tokens.id_token import half_hash
from tests.ciba import (
    NOTIFY,
    TOKEN,
    Asking,
    add_ciba_client,
    add_signing_client,
    ask,
    claims,
    delivered,
    visit,
)
from tests.proofs import ClientKey
from tests.world import PASSWORD, SECRET, make_world

JWT = "urn:openid:params:jwt:claim:"


@pytest_asyncio.fixture
async def home(world):
    """A bank, a person, and nobody signed in."""
    await add_ciba_client(world)
    await world.person()
    return world


async def test_4_discovery_tells_what_is_supported(home):
    told = (await home.http.get("/.well-known/openid-configuration")).json()

    assert told["backchannel_authentication_endpoint"] == "https://id.test/oauth2/bc-authorize"
    assert told["backchannel_token_delivery_modes_supported"] == ["poll", "ping", "push"]
    assert "ES256" in told["backchannel_authentication_request_signing_alg_values_supported"]
    assert told["backchannel_user_code_parameter_supported"] is True
    assert CIBA in told["grant_types_supported"]


async def test_7_1_the_client_must_authenticate(home):
    reply = await ask(home, auth=("bank", "lm_cs_wrong"))

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_7_1_the_client_needs_the_grant(home):
    await home.client("web")

    reply = await ask(home, "web")

    assert (reply.status, reply.error) == (400, "unauthorized_client")


@pytest.mark.parametrize("scope", [None, "email"])
async def test_7_1_scope_must_contain_openid(home, scope):
    assert (await ask(home, scope=scope)).error == "invalid_request"


@pytest.mark.parametrize(
    "hints",
    [
        {"login_hint": None},
        {"id_token_hint": "x.y.z"},
        {"login_hint_token": "x.y.z"},
        {"login_hint": None, "login_hint_token": "x.y.z"},
        {"login_hint": None, "id_token_hint": "x.y.z"},
    ],
)
async def test_7_1_exactly_one_usable_hint(home, hints):
    assert (await ask(home, **hints)).error == "invalid_request"


@pytest.mark.parametrize("hint", ["alice", "sub-alice"])
async def test_7_1_a_login_hint_is_a_username_or_a_sub(home, hint):
    assert (await ask(home, login_hint=hint)).status == 200


async def test_7_1_an_id_token_of_ours_is_a_hint(home):
    first = await Asking.start(home)
    await first.answer(home.browser())
    id_token = (await first.poll()).json()["id_token"]

    assert (await ask(home, login_hint=None, id_token_hint=id_token)).status == 200


async def test_7_1_it_is_for_a_client_with_subjects_of_its_own_too(home):
    await add_ciba_client(home, "pair", subject_type="pairwise")
    await home.person("bob")
    tokens = {}
    for client_id in ("bank", "pair"):
        asking = await Asking.start(home, client_id)
        await asking.answer(home.browser())
        tokens[client_id] = (await asking.poll()).json()["id_token"]

    own = await ask(home, "pair", login_hint=None, id_token_hint=tokens["pair"])
    foreign = await ask(home, "pair", login_hint=None, id_token_hint=tokens["bank"])

    assert own.status == 200
    assert foreign.error == "unknown_user_id"


async def test_7_1_unknown_and_disabled_people_look_alike(home):
    await home.person("barred", enabled=False)

    for name in ("nobody", "barred"):
        reply = await ask(home, login_hint=name)
        assert (reply.status, reply.error) == (400, "unknown_user_id")


@pytest.mark.parametrize("message", ["x" * 65, "line\nbreak", "\u202eevil", "nul\u0007"])
async def test_7_1_a_binding_message_is_short_and_printable(home, message):
    assert (await ask(home, binding_message=message)).error == "invalid_binding_message"


async def test_7_1_a_binding_message_is_shown_and_never_interpreted(home):
    await Asking.start(home, binding_message="<b>Ünïcode 1234</b>")

    page = await visit(home, home.browser(), "/approve")

    assert "&lt;b&gt;Ünïcode 1234&lt;/b&gt;" in page.text


@pytest.mark.parametrize(("asked", "given"), [(None, 300), ("10", 10), ("9000", 300)])
async def test_7_1_requested_expiry_is_met_within_what_is_allowed(home, asked, given):
    assert (await ask(home, requested_expiry=asked)).json()["expires_in"] == given


@pytest.mark.parametrize("asked", ["0", "-1", "soon", "1.5"])
async def test_7_1_requested_expiry_must_be_a_positive_integer(home, asked):
    assert (await ask(home, requested_expiry=asked)).error == "invalid_request"


async def test_7_1_a_user_code_is_asked_for_by_those_who_registered_it(home):
    await set_user_code(SetUserCode(tenant="", person="alice", code=Secret("4711")), OPERATOR, home.ports)
    await add_ciba_client(home, "shop", backchannel_user_code_parameter=True)

    assert (await ask(home, "bank")).status == 200
    assert (await ask(home, "shop")).error == "missing_user_code"
    assert (await ask(home, "shop", user_code="4712")).error == "invalid_user_code"
    assert (await ask(home, "shop", user_code="4711")).status == 200


async def test_7_1_user_codes_cannot_be_guessed(home):
    await set_user_code(SetUserCode(tenant="", person="alice", code=Secret("4711")), OPERATOR, home.ports)
    await add_ciba_client(home, "shop", backchannel_user_code_parameter=True)
    for _ in range(5):
        await ask(home, "shop", user_code="0000")

    reply = await ask(home, "shop", user_code="4711")

    assert (reply.status, "retry-after" in dict(reply.headers)) == (429, True)


async def test_7_1_many_guesses_at_once_are_no_more_than_many_in_turn(home):
    await set_user_code(SetUserCode(tenant="", person="alice", code=Secret("4711")), OPERATOR, home.ports)
    await add_ciba_client(home, "shop", backchannel_user_code_parameter=True)

    replies = await asyncio.gather(*(ask(home, "shop", user_code=f"{n:04}") for n in range(20)))

    assert sum(reply.error == "invalid_user_code" for reply in replies) == 5
    assert {reply.status for reply in replies} == {400, 429}


async def test_7_1_a_person_is_not_worn_down(home):
    replies = [await ask(home) for _ in range(11)]

    assert [reply.status for reply in replies] == [200] * 10 + [429]


async def test_7_1_a_person_is_not_worn_down_by_many_requests_at_once_either(tmp_path):
    world = await make_world(f"sqlite:///{tmp_path}/limen.db")
    await world.person()
    await add_ciba_client(world)

    replies = await asyncio.gather(*(ask(world) for _ in range(30)))

    assert sorted(reply.status for reply in replies) == [200] * 10 + [429] * 20
    await world.close()


@pytest.mark.parametrize("token", [None, "white space", "ümlaut", "x" * 1025])
async def test_7_1_ping_and_push_need_a_bearer_token(home, token):
    await add_ciba_client(home, "pinged", mode="ping")

    assert (await ask(home, "pinged", client_notification_token=token)).error == "invalid_request"


async def test_7_1_1_a_signed_request_counts(home):
    key = await add_signing_client(home)
    form = {"scope": None, "login_hint": None}

    reply = await ask(home, "signer", request=key.sign(claims(home, requested_expiry=10)), **form)

    assert reply.json()["expires_in"] == 10
    reply = await ask(home, "signer", request=key.sign(claims(home, jti="2", requested_expiry="20")), **form)
    assert reply.json()["expires_in"] == 20


async def test_7_1_1_a_signed_request_is_used_once(home):
    key = await add_signing_client(home)
    request = key.sign(claims(home))

    replies = [await ask(home, "signer", request=request, scope=None, login_hint=None) for _ in range(2)]

    assert [reply.status for reply in replies] == [200, 400]


@pytest.mark.parametrize(("skew", "status"), [(0, 400), (120, 200)])
async def test_7_1_1_a_signers_clock_may_differ_as_the_policy_says(home, skew, status):
    key = await add_signing_client(home, settings={"clock_skew": skew})
    ahead = home.clock.now() + 100
    request = key.sign(claims(home, iat=ahead, nbf=ahead, exp=ahead + 60))

    reply = await ask(home, "signer", request=request, scope=None, login_hint=None)

    assert reply.status == status


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": None}, {"iss": "bank"}, {"aud": None}, {"aud": "https://evil.test"}, {"exp": None},
        {"exp": -1}, {"exp": 4200}, {"iat": None}, {"nbf": None}, {"nbf": 600}, {"nbf": -4200}, {"jti": None},
        {"login_hint_token": "two"}, {"login_hint": None}, {"scope": None}, {"request": "x"},
        {"login_hint": ["alice"]},
    ],
)  # fmt: skip
async def test_7_1_1_every_claim_of_a_signed_request_is_judged(home, changes):
    key = await add_signing_client(home)
    now = home.clock.now()
    changes = {n: now + v if isinstance(v, int) else v for n, v in changes.items()}

    reply = await ask(home, "signer", request=key.sign(claims(home, **changes)), scope=None, login_hint=None)

    assert (reply.status, reply.error) == (400, "invalid_request")


async def test_7_1_1_only_the_registered_key_and_algorithm_count(home):
    await add_signing_client(home)
    bare = {"scope": None, "login_hint": None}
    other = ClientKey("ES256")
    rsa = ClientKey("RS256")
    await add_signing_client(home, "second", jwks={"keys": [rsa.jwk]})

    for client_id, request in (
        ("signer", other.sign(claims(home))),
        ("second", rsa.sign(claims(home, "second"))),
        ("signer", "eyJhbGciOiJub25lIn0.e30."),
        ("signer", "nonsense"),
    ):
        reply = await ask(home, client_id, request=request, **bare)
        assert (reply.status, reply.error) == (400, "invalid_request")


async def test_7_1_1_whoever_registered_an_algorithm_signs_and_nobody_else(home):
    key = await add_signing_client(home)

    assert (await ask(home, "signer")).error == "invalid_request"
    unregistered = await ask(home, request=key.sign(claims(home, "bank")), scope=None, login_hint=None)
    assert unregistered.error == "invalid_request"
    beside = await ask(home, "signer", request=key.sign(claims(home)), scope=None)
    assert beside.error == "invalid_request"


async def test_7_3_the_answer_says_how_to_go_on(home):
    await add_ciba_client(home, "pushed", mode="push")

    polled = (await ask(home)).json()
    pushed = (await ask(home, "pushed", client_notification_token=TOKEN)).json()

    assert polled.keys() == {"auth_req_id", "expires_in", "interval"}
    assert pushed.keys() == {"auth_req_id", "expires_in"}


async def test_8_nothing_is_told_before_the_person_signed_in(home):
    await Asking.start(home, binding_message="W4SCT")
    browser = home.browser()

    page = await browser.follow(await browser.get("/approve"))

    assert page.url.endswith("/sign_in")
    assert "Bank" not in page.text
    assert "W4SCT" not in page.text


async def test_8_the_page_shows_app_message_and_scopes(home):
    await Asking.start(home, binding_message="W4SCT")
    browser = home.browser()
    page = await browser.follow(await browser.get("/approve"))
    await browser.submit(page.url, home.fill(page.text, page.url, "alice", PASSWORD, True))
    listed = await browser.get("/approve")
    (link,) = [part.partition('"')[0] for part in listed.text.split('href="') if "/approve/" in part[:120]]

    page = await browser.follow(await browser.get(link))

    for text in ("Bank", "W4SCT", "Your e-mail address", "Alice"):
        assert text in page.text


async def test_8_the_list_begins_with_the_newest_request(home):
    for message in ("first", "second", "third"):
        await Asking.start(home, binding_message=message)
        home.clock.at += 1

    page = await visit(home, home.browser(), "/approve")

    places = [page.text.index(message) for message in ("third", "second", "first")]
    assert places == sorted(places)


async def test_8_somebody_else_cannot_approve(home):
    asking = await Asking.start(home)
    await home.person("mallory")
    browser = home.browser()
    page = await visit(home, browser, f"/approve/{digest(asking.told['auth_req_id'])}", username="mallory")

    assert "Nothing is waiting" in page.text
    assert (await asking.poll()).error == "authorization_pending"


async def test_8_a_forged_form_decides_nothing(home):
    asking = await Asking.start(home)
    browser = home.browser()
    await visit(home, browser, "/approve")
    listed = await browser.get("/approve")
    (link,) = [part.partition('"')[0] for part in listed.text.split('href="') if "/approve/" in part[:120]]
    page = await browser.follow(await browser.get(link))

    reply = await browser.submit(page.url, {"allow": "1", "form_token": "0" * 64})

    assert reply.status in {400, 403}
    assert (await asking.poll()).error == "authorization_pending"


async def test_8_whoever_left_at_sign_in_decides_nothing(home):
    asking = await Asking.start(home)
    browser = home.browser()
    page = await browser.follow(await browser.get("/approve"))
    hidden = home.fill(page.text, page.url, "alice", PASSWORD, True)

    reply = await browser.submit(page.url, [*hidden, ("cancel", "1")])

    assert reply.location == "https://id.test/"
    assert (await asking.poll()).error == "authorization_pending"


async def test_10_1_approved_requests_give_tokens(home):
    asking = await Asking.start(home)
    assert (await asking.poll()).error == "authorization_pending"

    await asking.answer(home.browser())
    reply = await asking.poll()

    tokens = reply.json()
    assert (reply.status, tokens["scope"]) == (200, "email openid")
    said = home.keys.verify("tenant-root", tokens["id_token"], typ="JWT")
    assert (said["aud"], said["sub"], said["amr"]) == ("bank", "sub-alice", ["pwd"])
    assert f"{JWT}auth_req_id" not in said
    assert (await home.userinfo(tokens["access_token"])).json()["email"] == "alice@id.test"
    assert (await home.refresh(tokens["refresh_token"], auth=("bank", SECRET))).status == 200


async def test_10_1_a_request_pays_once(home):
    asking = await Asking.start(home)
    await asking.answer(home.browser())

    replies = await asyncio.gather(*(asking.poll() for _ in range(8)))

    assert sorted(reply.status for reply in replies) == [200] + [400] * 7


async def test_10_1_authorization_details_and_resources_reach_the_tokens(home):
    await home.tenant(detail_types=(DetailType(type="payment", template="Pay {amount}"),))
    await add_ciba_client(home, authorization_details_types=("payment",))
    asking = await Asking.start(
        home, authorization_details='[{"type":"payment","amount":"7 €"}]', resource="https://api.test/"
    )
    await asking.answer(home.browser())

    tokens = (await asking.poll()).json()

    assert tokens["authorization_details"] == [{"type": "payment", "amount": "7 €"}]
    assert (await home.introspect(tokens["access_token"], auth=("bank", SECRET)))["aud"] in (
        "https://api.test/",
        ["https://api.test/"],
    )


async def test_10_2_a_ping_tells_that_the_person_has_decided(home):
    await add_ciba_client(home, "pinged", mode="ping")
    asking = await Asking.start(home, "pinged", client_notification_token=TOKEN)

    await asking.answer(home.browser())
    ((url, body, headers),) = await delivered(home)

    assert (url, headers["Authorization"]) == (NOTIFY, f"Bearer {TOKEN}")
    assert body == {"auth_req_id": asking.told["auth_req_id"]}
    assert (await asking.poll()).status == 200


@pytest.mark.parametrize("status", [200, 401, 403, 301, 500, None])
async def test_10_2_whatever_the_notification_endpoint_says_the_flow_completes(home, status):
    fetcher, tried = home.ports.fetcher, []

    async def post(url, **_):
        tried.append(url)
        if status is None:
            raise FetchError(url)
        return status

    fetcher.post = post
    await add_ciba_client(home, "pinged", mode="ping")
    asking = await Asking.start(home, "pinged", client_notification_token=TOKEN)

    await asking.answer(home.browser())
    for _ in range(5):
        await asyncio.sleep(0)

    assert tried == [NOTIFY]  # at once; a repetition after a pause only for a server that is unwell
    assert (await asking.poll()).status == 200


async def test_10_3_tokens_are_pushed(home):
    await add_ciba_client(home, "pushed", mode="push")
    asking = await Asking.start(home, "pushed", client_notification_token=TOKEN)

    await asking.answer(home.browser())
    ((url, body, headers),) = await delivered(home)

    assert (url, headers["Authorization"]) == (NOTIFY, f"Bearer {TOKEN}")
    assert body["auth_req_id"] == asking.told["auth_req_id"]
    assert (await home.userinfo(body["access_token"])).status == 200
    assert (await home.refresh(body["refresh_token"], auth=("pushed", SECRET))).status == 200


async def test_10_3_1_a_pushed_id_token_seals_what_it_came_with(home):
    await add_ciba_client(home, "pushed", mode="push")
    asking = await Asking.start(home, "pushed", client_notification_token=TOKEN)
    await asking.answer(home.browser())
    ((_, body, _),) = await delivered(home)

    said = home.keys.verify("tenant-root", body["id_token"], typ="JWT")

    assert said[f"{JWT}auth_req_id"] == asking.told["auth_req_id"]
    assert said["at_hash"] == half_hash(body["access_token"], "RS256")
    assert said[f"{JWT}rt_hash"] == half_hash(body["refresh_token"], "RS256")


async def test_11_pushed_clients_must_not_ask(home):
    await add_ciba_client(home, "pushed", mode="push")
    asking = await Asking.start(home, "pushed", client_notification_token=TOKEN)

    assert (await asking.poll()).error == "unauthorized_client"


async def test_11_polling_too_fast_slows_down(home):
    asking = await Asking.start(home)
    await asking.poll()
    home.clock.forward(3)
    assert (await asking.poll()).error == "slow_down"
    home.clock.forward(10)
    assert (await asking.poll()).error == "authorization_pending"


async def test_11_a_refusal_is_final(home):
    asking = await Asking.start(home)

    page = await asking.answer(home.browser(), allow=False)

    assert "Nothing was allowed" in page.text
    assert (await asking.poll()).error == "access_denied"


async def test_11_a_request_expires(home):
    asking = await Asking.start(home, requested_expiry="10")
    home.clock.forward(10)

    assert (await asking.poll()).error == "expired_token"


async def test_11_other_clients_and_unknown_identifiers_get_nothing(home):
    await add_ciba_client(home, "other")
    asking = await Asking.start(home)
    await asking.answer(home.browser())

    assert (await asking.poll(auth=("other", SECRET))).error == "invalid_grant"
    assert (await asking.poll(auth_req_id="lm_ar_unknown")).error == "invalid_grant"
    assert (await asking.poll()).status == 200


async def test_11_who_is_disabled_after_approving_gets_nothing_through(home):
    asking = await Asking.start(home)
    await asking.answer(home.browser())
    await home.change(await home.storage.person("tenant-root", "sub-alice"), enabled=False)

    assert (await asking.poll()).error == "invalid_grant"


async def test_12_a_refusal_is_pushed_too(home):
    await add_ciba_client(home, "pushed", mode="push")
    asking = await Asking.start(home, "pushed", client_notification_token=TOKEN)

    await asking.answer(home.browser(), allow=False)
    ((_, body, _),) = await delivered(home)

    assert (body["auth_req_id"], body["error"]) == (asking.told["auth_req_id"], "access_denied")


async def test_fapi_ciba_5_2_2_requests_are_signed_and_bound(home):
    profile = {"settings": {"security_profile": "fapi-ciba"}}
    key = await add_signing_client(home, **profile)
    await add_ciba_client(home, "unsigned", **profile)
    await add_signing_client(home, "old", alg="RS256", **profile)
    bare = {"scope": None, "login_hint": None}

    assert (await ask(home, "signer", request=key.sign(claims(home)), **bare)).status == 200
    unbound = await ask(home, "signer", request=key.sign(claims(home, binding_message=None)), **bare)
    assert unbound.error == "invalid_request"
    assert "rule binding_message" in unbound.json()["error_description"]
    assert (await ask(home, "unsigned")).error == "unauthorized_client"
    assert (await ask(home, "old")).error == "unauthorized_client"


async def test_8_the_answer_counts_though_the_client_polls_at_that_very_moment(home):
    asking, commit, polls = await Asking.start(home), home.storage.commit, []

    async def behind_a_poll(*changes):
        if not polls and any(isinstance(change, Present) for change in changes):
            polls.append(None)
            home.clock.forward(1)
            polls.append((await asking.poll()).error)
        return await commit(*changes)

    home.storage.commit = behind_a_poll
    await asking.answer(home.browser())

    assert polls[1] in {"authorization_pending", "slow_down"}
    home.clock.forward(60)
    assert (await asking.poll()).status == 200


async def test_8_a_request_that_was_answered_meanwhile_is_not_answered_again(home):
    asking, commit, other = await Asking.start(home), home.storage.commit, []

    async def behind_another_tab(*changes):
        if not other and any(isinstance(change, Present) for change in changes):
            other.append(None)
            other.append(await asking.answer(home.browser(), allow=False))
        return await commit(*changes)

    home.storage.commit = behind_another_tab
    page = await asking.answer(home.browser())

    assert len(other) == 2
    assert page.status == 400
    assert (await asking.poll()).error == "access_denied"


async def test_10_3_nothing_is_pushed_of_a_grant_that_ended_while_tokens_were_made(home):
    await add_ciba_client(home, mode="push")
    asking, commit = await Asking.start(home, client_notification_token=TOKEN), home.storage.commit

    async def behind_a_revocation(*changes):
        if any(isinstance(change, Live) for change in changes):
            await commit(Revoke(tenant_id="tenant-root", now=1, reason="test", client_id="bank"))
        return await commit(*changes)

    home.storage.commit = behind_a_revocation
    await asking.answer(home.browser())

    (_, told, _) = (await delivered(home))[0]
    assert told["error"] == "transaction_failed"
    assert "access_token" not in told
