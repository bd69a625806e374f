"""The cache keeps what was found, forgets exactly what changed, and is not to be flushed by strangers."""

from limen.storage.cache import ABSENT_SECONDS, Cache
from limen.storage.denylist import ROOM, Denylist
from limen.testing.clock import FixedClock


class Source:
    """Something slow to read, that counts how often it was asked."""

    def __init__(self, **known):
        self.known, self.asked = known, 0

    def read(self, key):
        async def answer():
            self.asked += 1
            return self.known.get(key)

        return answer


async def get(cache, source, key):
    return cache.peek(key) or await cache.load(key, source.read(key))


async def test_what_was_found_is_not_asked_again():
    cache, source = Cache(10, FixedClock()), Source(a=1)

    assert [await get(cache, source, "a") for _ in range(3)] == [1, 1, 1]
    assert source.asked == 1


async def test_what_changed_is_asked_again():
    cache, source = Cache(10, FixedClock()), Source(a=1, b=1)
    await get(cache, source, "a")
    await get(cache, source, "b")
    source.known["a"] = 2

    cache.forget("a")

    assert [await get(cache, source, key) for key in "ab"] == [2, 1]
    assert source.asked == 3


async def test_what_is_not_there_is_believed_for_a_short_while():
    clock = FixedClock()
    cache, source = Cache(10, clock), Source()
    assert await get(cache, source, "a") is None
    source.known["a"] = 1

    assert await get(cache, source, "a") is None
    clock.at += ABSENT_SECONDS
    assert await get(cache, source, "a") == 1


async def test_what_appears_here_is_known_at_once():
    cache, source = Cache(10, FixedClock()), Source()
    await get(cache, source, "a")
    source.known["a"] = 1

    cache.forget("a")

    assert await get(cache, source, "a") == 1


async def test_what_changed_while_it_was_read_is_not_kept():
    cache, source = Cache(10, FixedClock()), Source(a=1)

    async def overtaken():
        value = source.known["a"]
        source.known["a"] = 2
        cache.forget("a")
        return value

    assert await cache.load("a", overtaken) == 1
    assert await get(cache, source, "a") == 2


async def test_the_least_recently_used_makes_room():
    cache, source = Cache(2, FixedClock()), Source(a=1, b=2, c=3)
    for key in "abac":
        await get(cache, source, key)

    assert [cache.peek(key) for key in "abc"] == [1, None, 3]


async def test_invented_names_do_not_push_out_real_ones():
    cache, source = Cache(2, FixedClock()), Source(a=1)
    await get(cache, source, "a")

    for number in range(100):
        await get(cache, source, f"invented {number}")

    assert cache.peek("a") == 1


def test_the_denylist_drops_what_has_expired_when_it_grows():
    clock = FixedClock(100)
    denylist = Denylist(clock)
    for number in range(ROOM):
        denylist.add("t", f"{number}", 200)
    clock.at = 300

    denylist.add("t", "new", 400)

    assert len(denylist) == 1
    assert ("t", "new") in denylist
