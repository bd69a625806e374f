"""Slow work beside the loop: as many threads as are needed, each error told to who asked."""

import asyncio
from threading import Barrier, Event, Thread, Timer, current_thread

import pytest

from limen.crypto.threads import Full, Threads


@pytest.fixture
def threads():
    made = Threads("work", count=2, queue=1)
    yield made
    made.close()


async def test_one_after_the_other_is_done_by_one_thread(threads):
    names = {await threads.do(lambda: current_thread().name) for _ in range(5)}
    assert names == {"work-0"}


async def test_no_more_threads_than_allowed_and_no_more_waiting_than_there_is_room_for(threads):
    gate = Barrier(3, timeout=10)
    work = [lambda: gate.wait() >= 0 and current_thread().name] * 2 + [lambda: current_thread().name]
    asked = [asyncio.create_task(threads.do(each)) for each in work]
    await asyncio.sleep(0)
    with pytest.raises(Full):
        await threads.do(print)
    await asyncio.to_thread(gate.wait)
    first, second, third = await asyncio.gather(*asked)
    assert {first, second} == {"work-0", "work-1"}
    assert third in {first, second}


async def test_an_error_reaches_who_asked_and_the_thread_goes_on(threads):
    with pytest.raises(ZeroDivisionError):
        await threads.do(lambda: 1 / 0)
    assert await threads.do(lambda: 7) == 7


async def test_closing_gives_up_what_was_not_begun():
    threads, begun, let_go = Threads("work", count=1, queue=1), Event(), Event()
    running = asyncio.create_task(threads.do(lambda: begun.set() or let_go.wait(10)))
    waiting = asyncio.create_task(threads.do(print))
    await asyncio.to_thread(begun.wait, 10)
    Timer(0.2, let_go.set).start()
    threads.close()
    assert await running
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_a_thread_outlives_the_loop_it_worked_for(threads):
    async def leave():
        begun = Event()
        asyncio.get_running_loop().call_later(0.05, asyncio.current_task().cancel)
        await threads.do(lambda: begun.wait(0.2))

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(leave())
    assert asyncio.run(threads.do(lambda: 7)) == 7


async def test_who_asks_after_the_end_is_told_so(threads):
    assert await threads.do(lambda: 7) == 7
    threads.close()
    with pytest.raises(RuntimeError):
        await threads.do(lambda: 7)


async def test_what_nobody_waits_for_any_more_is_not_done(threads):
    gate, done = Barrier(3, timeout=10), []
    busy = [asyncio.create_task(threads.do(gate.wait)) for _ in range(2)]
    left = asyncio.create_task(threads.do(lambda: done.append(1)))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.sleep(0)
    await asyncio.to_thread(gate.wait)
    await asyncio.gather(*busy)
    assert await threads.do(lambda: 7) == 7
    assert done == []


async def test_a_thread_that_cannot_begin_costs_nothing_but_its_own_request(threads, monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as system:
        system.setattr(Thread, "start", refuse)
        for _ in range(5):
            with pytest.raises(RuntimeError):
                await threads.do(lambda: 7)
    assert await threads.do(lambda: 7) == 7
