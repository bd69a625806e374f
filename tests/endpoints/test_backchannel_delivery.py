"""Telling a client about its person's decision, whatever its server says (CIBA Core §10.2, §10.3)."""

import asyncio
import dataclasses

import pytest
import pytest_asyncio
from msgspec import structs

from limen.app.backchannel import approval_journey
from limen.app.workshop import Workshop
from limen.model.artifacts import BackchannelRequest
from limen.model.grant import Grant
from limen.model.scope import Scope
from limen.ports.outbound import FetchError
from limen.ports.storage import Put
from limen.tokens.digest import digest
from tests.ciba import Asking, add_ciba_client
from tests.world import make_world


class Answering:
    """A client's server that answers in turn."""

    def __init__(self, *answers):
        self.answers, self.heard = list(answers), []

    async def post(self, url, **sent):
        self.heard.append(sent["body"])
        answer = self.answers.pop(0)
        if answer is None:
            raise FetchError(url)
        return answer


@pytest_asyncio.fixture
async def world():
    world = await make_world()
    await world.person()
    yield world
    await world.close()


async def _delivered(world, fetcher, *, mode="ping", most=10, metadata=None, **changes):
    """Let a decided request be told through `fetcher`; wait until that is done."""
    client = await add_ciba_client(world, "told", mode=mode, **(metadata or {}))
    asking = await Asking.start(world, "told", client_notification_token="token")
    waiting = await world.storage.get(BackchannelRequest, "tenant-root", digest(asking.told["auth_req_id"]))
    delivery = approval_journey(Workshop.of(world.ports, None), {}).delivery
    delivery = dataclasses.replace(delivery, fetcher=fetcher, pause=0, most=most, _running=set())
    delivery.start(structs.replace(waiting, **changes), client, await world.storage.tenant(""))
    for task in tuple(delivery._running):
        await task
    return [facts for name, facts in world.events.heard if name == "backchannel.undelivered"]


@pytest.mark.parametrize(
    ("answers", "tries"),
    [((204,), 1), ((200,), 1), ((500, 204), 2), ((None, 200), 2)],
)
async def test_10_2_a_server_that_is_unwell_is_told_once_more(world, answers, tries):
    fetcher = Answering(*answers)

    assert await _delivered(world, fetcher) == []
    assert len(fetcher.heard) == tries


@pytest.mark.parametrize(
    ("answers", "tries"),
    [((301,), 1), ((401,), 1), ((403,), 1), ((503, 503), 2), ((None, None), 2)],
)
async def test_10_2_a_server_that_will_not_hear_is_left_alone(world, answers, tries):
    fetcher = Answering(*answers)

    (told,) = await _delivered(world, fetcher)

    assert told["client_id"] == "told"
    assert len(fetcher.heard) == tries


async def test_10_3_a_grant_that_is_gone_is_a_failed_transaction(world):
    fetcher = Answering(204)

    await _delivered(world, fetcher, mode="push", status="approved", grant_id="gone")

    assert b'"transaction_failed"' in fetcher.heard[0]


async def test_10_3_tokens_that_cannot_be_made_are_a_failed_transaction(world):
    grant = Grant(
        tenant_id="tenant-root",
        grant_id="given",
        client_id="told",
        sub="sub-alice",
        scope=Scope({"openid"}),
        created_at=world.clock.now(),
    )
    await world.storage.commit(Put(grant))
    fetcher = Answering(204)
    keyless = {"id_token_encrypted_response_alg": "RSA-OAEP-256"}

    await _delivered(world, fetcher, mode="push", metadata=keyless, status="approved", grant_id="given")

    assert b'"transaction_failed"' in fetcher.heard[0]


async def test_what_waits_is_bounded(world):
    fetcher = Answering()

    (told,) = await _delivered(world, fetcher, most=0)

    assert (told["reason"], fetcher.heard) == ("too many deliveries at once", [])


async def test_a_server_that_stops_finishes_telling(world):
    arrived, told, stopping = asyncio.Event(), asyncio.Event(), []

    class Slow:
        async def post(self, url, **sent):
            arrived.set()
            await told.wait()
            return 204

    async def receive():
        return {"type": f"lifespan.{stages.pop(0)}"}

    async def send(message):
        stopping.append(message["type"])

    stages = ["startup", "shutdown"]
    world.ports.fetcher.post = Slow().post
    await add_ciba_client(world, "pushed", mode="push")
    asking = await Asking.start(world, "pushed", client_notification_token="token")
    await asking.answer(world.browser())
    await arrived.wait()

    stopped = asyncio.ensure_future(world.app({"type": "lifespan"}, receive, send))
    await asyncio.sleep(0.05)
    assert stopping == ["lifespan.startup.complete"]
    told.set()
    await stopped
    assert stopping[-1] == "lifespan.shutdown.complete"


async def test_a_server_that_stops_waits_for_nobody_for_ever(world):
    delivery = approval_journey(Workshop.of(world.ports, None), {}).delivery
    delivery = dataclasses.replace(delivery, patience=0.01, _running=set())
    delivery._running.add(asyncio.ensure_future(asyncio.Event().wait()))

    await delivery.finish()

    assert len(delivery._running) == 1
    delivery._running.pop().cancel()
