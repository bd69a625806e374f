"""Attacks on passwords by guessing: rows BF, UE and PR-13 of the catalogue, by id."""

import asyncio

import pytest

from limen.admin.operation import OPERATOR
from limen.admin.people import SetPassword, set_password
from limen.http.cookies import wire_name
from limen.model.secret import Secret
from tests.world import PASSWORD, SECRET, form_of, make_world

DAY = 86_400
WRONG = "wrong horse battery staple"


class Guesser:
    """One browser before the sign-in page."""

    def __init__(self, world, browser=None, *, source="198.51.100.1"):
        self.world = world
        self.browser = browser or world.browser(client=(source, 40000))

    async def open(self):
        begun = await self.world.authorize(self.browser, prompt="login")
        self.page = await self.browser.follow(begun)
        return self

    async def guess(self, username="alice", password=WRONG, **options):
        form = [*form_of(self.page.text).hidden, ("username", username), ("password", password)]
        return await self.browser.submit(self.page.url, form, **options)


async def guesser(world, browser=None, **options):
    return await Guesser(world, browser, **options).open()


def is_wrong(reply):
    return reply.status == 200 and reply.header("retry-after") is None


async def test_bf_01_guessing_slows_down_and_never_locks_for_good(world):
    someone = await guesser(world)
    waits = []
    for _ in range(10):
        reply = await someone.guess()
        if reply.status == 429:
            waits.append(int(reply.header("retry-after")))
            world.clock.forward(waits[-1])
            reply = await someone.guess()
        assert is_wrong(reply)

    assert waits == sorted(waits)
    assert waits[-1] > waits[0]
    world.clock.forward(900)
    right = await someone.guess(password=PASSWORD)
    assert right.status == 303


async def test_bf_01_patience_buys_no_more_than_a_hundred_guesses_a_month(world):
    own = world.browser(client=("192.0.2.77", 40000))
    await world.code_for(own)
    await guess_patiently(world, 100)

    stranger = await (await guesser(world)).guess(password=PASSWORD)
    owner = await (await guesser(world, own)).guess(password=PASSWORD)
    wait = int(stranger.header("retry-after"))
    world.clock.forward(wait)
    in_time = await (await guesser(world)).guess(password=PASSWORD)

    assert (stranger.status, owner.status, in_time.status) == (429, 303, 303)
    assert 27 * DAY < wait <= 30 * DAY


async def test_bf_01_a_right_password_begins_the_month_anew(world):
    for _ in range(2):
        await guess_patiently(world, 60)

        assert (await (await guesser(world)).guess(password=PASSWORD)).status == 303


async def test_bf_01_a_name_of_nobody_has_a_month_of_its_own_too(world):
    await guess_patiently(world, 100, "nobody")

    assert (await (await guesser(world)).guess("nobody")).status == 429
    assert (await (await guesser(world)).guess(password=PASSWORD)).status == 303


async def test_bf_01_a_new_password_from_the_operator_ends_the_month(world):
    await guess_patiently(world, 100)
    fresh = Secret("copper lighthouse 7 rain")

    await set_password(SetPassword(tenant="", person="alice", password=fresh), OPERATOR, world.ports)

    assert (await (await guesser(world)).guess(password=fresh.reveal())).status == 303


async def guess_patiently(world, times, username="alice"):
    """Guess wrong so rarely that nobody has to wait for the last guess."""
    for _ in range(times):
        assert is_wrong(await (await guesser(world)).guess(username))
        world.clock.forward(1_800)


async def test_bf_02_strangers_do_not_lock_a_known_browser_out(world):
    own = world.browser(client=("192.0.2.77", 40000))
    await world.code_for(own)
    for number in range(200):
        await (await guesser(world, source=f"198.51.{100 + number // 100}.{number % 100}")).guess()

    stranger = await (await guesser(world, source="203.0.113.9")).guess(password=PASSWORD)
    owner = await (await guesser(world, own)).guess(password=PASSWORD)

    assert stranger.status == 429
    assert owner.status == 303


async def test_bf_02_an_invented_browser_is_a_stranger(world):
    tried = []
    for number in range(8):
        someone = await guesser(world, source=f"198.51.100.{number}")
        someone.browser.cookies[wire_name("device", "tenant-root", secure=True)] = f"invented-{number}"
        tried.append((await someone.guess()).status)

    assert tried == [200] * 5 + [429] * 3


async def test_bf_02_a_browser_is_known_to_those_who_signed_in_with_it(world):
    await world.person("mallory")
    own = world.browser()
    await world.code_for(own)
    cookie = wire_name("device", "tenant-root", secure=True)
    mark = own.cookies[cookie]

    tried = []
    for number in range(8):
        someone = await guesser(world, source=f"198.51.100.{number}")
        someone.browser.cookies[cookie] = mark
        tried.append((await someone.guess("mallory")).status)

    assert tried == [200] * 5 + [429] * 3


@pytest.mark.parametrize(
    "spellings",
    [
        ["alice", "ALICE", "Alice", "aLiCe", " alice", "alice "],
        [
            "alice",
            "\uff41lice",
            "al\u200bice",
            "\u2060alice",
            "\uff41\uff4c\uff49\uff43\uff45",
            "alice\u00ad",
        ],
    ],
)
async def test_bf_spellings_of_one_name_share_its_tries(world, spellings):
    tried = []
    for number, name in enumerate([*spellings, *spellings]):
        tried.append((await (await guesser(world, source=f"198.51.100.{number}")).guess(name)).status)

    assert tried == [200] * 5 + [429] * 7


async def test_bf_many_guesses_at_once_are_no_more_than_many_in_turn(world):
    those = [await guesser(world, source=f"198.51.100.{number}") for number in range(20)]

    replies = await asyncio.gather(*(each.guess() for each in those))

    assert sum(is_wrong(reply) for reply in replies) == 5


async def test_bf_05_many_names_at_once_are_no_more_than_many_in_turn(world):
    those = [await guesser(world) for _ in range(60)]

    at_once = await asyncio.gather(*(each.guess(f"nobody-{n}") for n, each in enumerate(those)))
    world.clock.forward(60)
    later = await asyncio.gather(*(each.guess(f"somebody-{n}") for n, each in enumerate(those)))

    assert sum(is_wrong(reply) for reply in at_once) == 30
    assert {reply.status for reply in at_once} == {200, 429}
    assert sum(is_wrong(reply) for reply in later) == 1


async def test_bf_05_many_who_are_right_at_one_place_need_not_come_back(world):
    for number in range(40):
        await world.person(f"colleague-{number}")
    those = [await guesser(world) for _ in range(40)]

    replies = await asyncio.gather(
        *(each.guess(f"colleague-{number}", PASSWORD) for number, each in enumerate(those))
    )

    assert [reply.status for reply in replies] == [303] * 40


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded"])
async def test_bf_05_a_forwarded_address_of_a_stranger_makes_no_new_source(world, name):
    someone = await guesser(world)
    tried = []
    for number in range(31):
        address = f"203.0.113.{number}"
        told = f"for={address}" if name == "Forwarded" else address
        tried.append((await someone.guess(f"nobody-{number}", headers={name: told})).status)

    assert tried == [200] * 30 + [429]


async def test_bf_05_a_network_of_version_6_is_one_source(world):
    tried = []
    for number in range(31):
        someone = await guesser(world, source=f"2001:db8:1:2::{number:x}")
        tried.append((await someone.guess(f"nobody-{number}")).status)

    assert tried == [200] * 30 + [429]
    neighbour = await guesser(world, source="2001:db8:1:3::1")
    assert is_wrong(await neighbour.guess("nobody"))


async def test_bf_07_a_success_of_ones_own_frees_nobody_elses_name(world):
    await world.person("mallory")
    someone = await guesser(world)
    for _ in range(5):
        await someone.guess("alice")

    assert (await someone.guess("mallory", PASSWORD)).status == 303
    assert (await (await guesser(world)).guess("alice")).status == 429


async def test_bf_07_a_success_frees_no_source(world):
    await world.person("mallory")
    for number in range(30):
        someone = await guesser(world)
        await someone.guess(f"nobody-{number}")
    # The next would be one too many, and signing in as oneself does not help.
    assert (await (await guesser(world)).guess("mallory", PASSWORD)).status == 429


async def test_bf_10_waiting_says_for_how_long_whoever_it_is(world):
    replies = []
    for name in ("alice", "nobody"):
        someone = await guesser(world, source=f"198.51.100.{len(replies)}")
        for _ in range(5):
            await someone.guess(name)
        replies.append((await someone.guess(name), name, someone.page.url))

    (known, unknown) = (
        (reply.status, reply.header("retry-after"), stripped(reply, name)) for reply, name, _ in replies
    )
    assert known == unknown
    assert known[0] == 429
    assert int(known[1]) >= 1


async def test_bf_the_password_grant_shares_the_page_s_tries(world):
    await world.tenant(legacy=frozenset({"password"}))
    await world.client("old", grant_types=frozenset({"password"}))
    someone = await guesser(world)
    for _ in range(5):
        await someone.guess()

    form = {"grant_type": "password", "username": "ALICE", "password": PASSWORD}
    reply = await world.token(auth=("old", SECRET), **form)

    assert (reply.status, reply.error) == (400, "invalid_grant")


async def test_ue_01_wrong_password_and_unknown_name_look_alike(world):
    await world.person("disabled", enabled=False)
    await world.person("bare", password="x" * 20)
    replies = []
    for name in ("alice", "nobody", "disabled", "alice@id.test"):
        someone = await guesser(world, source=f"198.51.100.{len(replies)}")
        reply = await someone.guess(name)
        names = sorted(field for field, _ in reply.headers)
        cookies = sorted(line.partition("=")[0] for line in reply.all("set-cookie"))
        replies.append((reply.status, names, cookies, stripped(reply, name)))

    assert all(reply == replies[0] for reply in replies)


async def test_ue_01_the_token_endpoint_does_not_tell_either():
    world = await make_world()
    await world.tenant(legacy=frozenset({"password"}))
    await world.client("old", grant_types=frozenset({"password"}))
    await world.person()
    await world.person("second", second_factor=True)
    replies = [
        await world.token(auth=("old", SECRET), grant_type="password", username=name, password=password)
        for name, password in (("alice", WRONG), ("nobody", WRONG), ("second", PASSWORD))
    ]

    assert len({(reply.status, reply.body) for reply in replies}) == 1
    await world.close()


async def test_ue_01_an_unknown_client_and_a_wrong_secret_look_alike(world):
    replies = [
        await world.token(auth=auth, grant_type="client_credentials")
        for auth in (("web", "wrong"), ("nobody", "wrong"))
    ]

    assert len({(reply.status, reply.body, reply.header("www-authenticate")) for reply in replies}) == 1


async def test_pr_13_a_password_beyond_any_measure_is_never_hashed(world):
    someone = await guesser(world)
    world.ports.passwords.close()  # who hashes from here on breaks the server

    too_long = await someone.guess(password="x" * 1_000_000)
    long = await someone.guess(password="ü" * 513)

    assert too_long.status == 413
    assert is_wrong(long)


def stripped(reply, name):
    """The page without what differs for everybody."""
    page = reply.text.replace(name, "NAME")
    for _, value in form_of(reply.text).hidden:
        page = page.replace(value, "TOKEN")
    return page.replace(reply.url.removeprefix("https://id.test"), "HERE")
