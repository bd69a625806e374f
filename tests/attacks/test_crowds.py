"""Of one source no more are checked at once than may still be wrong (NIST SP 800-63B §3.2.2)."""

import asyncio

from limen.credentials.crowds import Crowd, Crowds


async def test_who_comes_when_it_is_full_waits_until_somebody_leaves():
    crowd, inside = Crowd(), []

    async def judge():
        return 0, 2

    async def come(name):
        assert await crowd.enter(judge) == 0
        inside.append(name)

    tasks = [asyncio.ensure_future(come(name)) for name in "abc"]
    await asyncio.sleep(0.01)
    assert inside == ["a", "b"]

    crowd.leave()
    await asyncio.wait_for(tasks[2], 5)
    assert inside == ["a", "b", "c"]


async def test_who_waited_is_judged_anew_by_what_was_wrong_meanwhile():
    crowd, verdicts = Crowd(), [(0, 1), (0, 1), (7, 0)]

    async def judge():
        return verdicts.pop(0)

    assert await crowd.enter(judge) == 0
    late = asyncio.ensure_future(crowd.enter(judge))
    await asyncio.sleep(0.01)
    assert not late.done()

    crowd.leave()
    assert await asyncio.wait_for(late, 5) == 7


def test_each_source_and_each_tenant_has_a_crowd_of_its_own():
    crowds = Crowds()
    one = crowds.of("t", "source")

    assert crowds.of("t", "source") is one
    assert crowds.of("t", "other") is not one
    assert crowds.of("u", "source") is not one
