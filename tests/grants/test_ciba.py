"""The CIBA grant where its request, its client or its person changes meanwhile (CIBA Core §11)."""

import asyncio

import pytest
import pytest_asyncio

from limen.credentials.awaited_decision import AwaitedDecisions
from limen.errors import InvalidGrant, SlowDown
from limen.grants.ciba import CibaGrant, CibaRequest
from limen.model.artifacts import BackchannelRequest
from limen.ports.storage import Revoke
from limen.protocol.policy import Policy
from limen.tokens.authorization import Call
from limen.tokens.digest import digest
from limen.tokens.refresh import RefreshTokens
from tests.ciba import Asking, add_ciba_client


@pytest_asyncio.fixture
async def home(world):
    await add_ciba_client(world)
    await world.person()
    return world


async def _approved(world):
    asking = await Asking.start(world)
    await asking.answer(world.browser())
    return asking


async def test_what_was_approved_gives_tokens_once(home):
    asking = await _approved(home)

    replies = await asyncio.gather(*(asking.poll() for _ in range(4)))

    assert sorted(reply.status for reply in replies) == [200, 400, 400, 400]


async def test_tokens_may_be_for_one_of_the_resources_asked_for(home):
    asking = await Asking.start(home, resource="https://api.test/")
    await asking.answer(home.browser())

    assert (await asking.poll(resource="https://other.test/")).error == "invalid_target"
    assert (await asking.poll(resource="https://api.test/")).status == 200


async def test_a_client_whose_tokens_were_ended_gets_none_for_older_requests(home):
    asking = await _approved(home)
    await home.change(await home.storage.client("tenant-root", "bank"), not_before=home.clock.now() + 1)

    assert (await asking.poll()).error == "invalid_grant"


async def test_a_revoked_grant_gives_nothing(home):
    asking = await _approved(home)
    found_by = digest(asking.told["auth_req_id"])
    waiting = await home.storage.get(BackchannelRequest, "tenant-root", found_by)
    await home.storage.commit(
        Revoke(tenant_id="tenant-root", now=home.clock.now(), reason="test", grant_id=waiting.grant_id)
    )

    assert (await asking.poll()).error == "invalid_grant"


async def test_many_polls_at_once_are_told_to_wait_or_to_slow_down(home):
    asking = await Asking.start(home)

    replies = await asyncio.gather(*(asking.poll() for _ in range(12)))

    assert {reply.error for reply in replies} <= {"authorization_pending", "slow_down"}


async def test_the_person_may_decide_while_the_client_polls(home):
    asking, browser = await Asking.start(home), home.browser()

    async def polling():
        for _ in range(300):
            if (await asking.poll()).status == 200:
                return True
            await asyncio.sleep(0)
        return False

    done, _ = await asyncio.gather(asking.answer(browser), polling())

    assert "Approved" in done.text


async def test_a_pushed_client_must_not_poll(home):
    await add_ciba_client(home, "pushed", mode="push")
    asking = await Asking.start(home, "pushed", client_notification_token="token")

    assert (await asking.poll()).error == "unauthorized_client"
    assert (await asking.poll(auth=("bank", "lm_cs_" + "s3cret-" * 6))).error == "invalid_grant"


async def test_denied_and_expired_requests_say_so(home):
    denied = await Asking.start(home)
    await denied.answer(home.browser(), allow=False)
    expired = await Asking.start(home, requested_expiry="5")
    home.clock.forward(5)

    assert (await denied.poll()).error == "access_denied"
    assert (await expired.poll()).error == "expired_token"


class Busy:
    """A store where somebody else is always faster."""

    def __init__(self, storage):
        self._storage = storage

    def __getattr__(self, name):
        return getattr(self._storage, name)

    async def commit(self, *changes):
        return changes[0]


async def _call(world):
    client = await world.storage.client("tenant-root", "bank")
    tenant = await world.storage.tenant("")
    return Call(tenant=tenant, client=client, policy=Policy(), now=world.clock.now())


async def test_a_request_that_changes_again_and_again_is_polled_too_often(home):
    asking = await Asking.start(home)
    grant = CibaGrant(AwaitedDecisions(Busy(home.storage), RefreshTokens(home.keys)))

    with pytest.raises(SlowDown):
        await grant.authorize(CibaRequest(auth_req_id=asking.told["auth_req_id"]), await _call(home), None)


async def test_who_loses_the_race_looks_again(home):
    asking = await _approved(home)
    grant = CibaGrant(AwaitedDecisions(home.storage, RefreshTokens(home.keys)))
    request = asking.told["auth_req_id"]
    call = await _call(home)

    again = await grant.lost(None, CibaRequest(auth_req_id=request), call, None)
    assert again.sub == "sub-alice"
    await asking.poll()

    with pytest.raises(InvalidGrant):
        await grant.lost(None, CibaRequest(auth_req_id=request), call, None)
