"""An old password opens nothing once a new one is set, not even what it was being checked for (RT-09)."""

import asyncio
import os

import pytest_asyncio
from msgspec import structs

from limen.admin import people
from limen.admin.operation import OPERATOR
from limen.crypto.passwords import ArgonPasswords
from limen.model.secret import Secret
from limen.ports.storage import Replace
from limen.system import SystemEntropy
from tests.world import PASSWORD, SECRET, make_world

NEW = "violet umbrella 42 trains"


class HeldPasswords:
    """Argon2id; what it says of a password is heard when `go` is set."""

    def __init__(self):
        self.argon = ArgonPasswords(SystemEntropy(), cores=os.cpu_count() or 1)
        self.checked, self.go = asyncio.Event(), asyncio.Event()
        self.hash, self.close = self.argon.hash, self.argon.close

    async def verify(self, password, hashed):
        right = await self.argon.verify(password, hashed)
        self.checked.set()
        await self.go.wait()
        return right


@pytest_asyncio.fixture(loop_scope="session")
async def held():
    world = await make_world(passwords=HeldPasswords())
    await world.tenant(legacy=frozenset({"password"}))
    await world.client("web")
    await world.client("old", grant_types=frozenset({"password"}))
    await world.person()
    yield world
    await world.close()


async def meanwhile(world, asking, happens):
    """Let something happen after the password was found right, and before anybody heard of it."""
    answer = asyncio.ensure_future(asking)
    await world.ports.passwords.checked.wait()
    await happens
    world.ports.passwords.go.set()
    return await answer


async def sessions(world):
    return await world.storage.sessions("tenant-root", "sub-alice")


def set_password(world):
    return people.set_password(
        people.SetPassword(tenant="", person="alice", password=Secret(NEW)), OPERATOR, world.ports
    )


async def test_a_password_that_is_changed_while_it_is_checked_signs_nobody_in(held):
    browser = held.browser()
    page = await held.authorize(browser)

    reply = await meanwhile(held, held.journey(browser, page), set_password(held))

    assert await sessions(held) == ()
    assert "code=" not in (reply.location or "")
    assert "code=" in (await held.journey(browser, await held.authorize(browser), password=NEW)).location
    assert len(await sessions(held)) == 1


async def test_a_password_that_is_changed_while_it_is_checked_is_no_grant(held):
    ask = {"grant_type": "password", "username": "alice", "auth": ("old", SECRET), "scope": "openid"}

    reply = await meanwhile(held, held.token(password=PASSWORD, **ask), set_password(held))

    assert (reply.status, reply.json()["error"]) == (400, "invalid_grant")
    assert reply.json()["error_description"] == "the username or password is wrong"
    assert await held.storage.grants("tenant-root") == ()
    assert (await held.token(password=NEW, **ask)).status == 200


async def test_who_is_disabled_while_the_password_is_checked_is_not_signed_in(held):
    browser = held.browser()
    page = await held.authorize(browser)
    disabled = people.disable(people.NamePerson(tenant="", person="alice"), OPERATOR, held.ports)

    await meanwhile(held, held.journey(browser, page), disabled)

    assert await sessions(held) == ()


async def test_who_is_changed_while_the_password_is_checked_is_asked_again_and_loses_nothing(held):
    browser = held.browser()
    page = await held.authorize(browser)
    person = await held.storage.person("tenant-root", "sub-alice")
    touched = held.storage.commit(Replace(structs.replace(person, revision=person.revision + 1)))

    reply = await meanwhile(held, held.journey(browser, page), touched)

    assert "code=" in reply.location
