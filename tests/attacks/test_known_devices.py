"""A browser is known to the accounts that signed in with it, and vouches for no other."""

from limen.credentials.known_device import KnownDevices, account

ROOT = "tenant-root"


def devices(world):
    return KnownDevices(world.keys, world.ports.entropy)


async def test_a_browser_is_known_to_those_alone_who_signed_in_with_it(world):
    known = devices(world)
    mark = known.remember(ROOT, None, "Alice ")

    assert known.known(ROOT, mark, account("alice"))
    assert known.known(ROOT, mark, account("bob")) is None
    assert known.known(ROOT, None, account("alice")) is None
    assert known.known(ROOT, mark[:-1], account("alice")) is None


async def test_a_browser_of_one_tenant_is_unknown_to_another(world):
    other = await world.tenant("other")
    mark = devices(world).remember(ROOT, None, "alice")

    assert devices(world).known(other.tenant_id, mark, account("alice")) is None


async def test_a_browser_keeps_its_name_and_its_people_however_often_one_of_them_signs_in(world):
    known = devices(world)
    mark = known.remember(ROOT, None, "alice")
    name = known.known(ROOT, mark, account("alice"))

    for _ in range(30):
        mark = known.remember(ROOT, mark, "bob")

    assert known.known(ROOT, mark, account("alice")) == known.known(ROOT, mark, account("bob")) == name


async def test_a_browser_of_very_many_people_knows_the_last_of_them(world):
    known, mark = devices(world), None
    for number in range(40):
        mark = known.remember(ROOT, mark, f"person-{number}")

    assert known.known(ROOT, mark, account("person-39"))
    assert known.known(ROOT, mark, account("person-0")) is None
