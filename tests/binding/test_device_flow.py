"""device-flow: where tokens came from."""

import pytest_asyncio

from limen.binding.base import Proof
from limen.binding.device_flow import DeviceFlowBinding
from limen.model.client import Client
from limen.protocol.message import Message
from limen.protocol.registered_values import DEVICE_CODE
from limen.tokens.digest import digest

BINDING, CLIENT = DeviceFlowBinding(), Client(tenant_id="t", client_id="tv")


@pytest_asyncio.fixture
async def message(world):
    tenant = await world.storage.tenant("")

    def make(**params):
        sent = {name: (value,) for name, value in params.items()}
        return Message(method="POST", path="", url="", base="", tenant=tenant, params=sent)

    return make


async def test_the_reference_is_the_device_code_s_digest(message):
    sent = message(grant_type=DEVICE_CODE, device_code="a-code")

    assert await BINDING.prove(sent, access_token=None) == Proof(digest("a-code"))


async def test_other_grants_are_not_bound(message):
    sent = message(grant_type="authorization_code", device_code="a-code")

    assert await BINDING.prove(sent, access_token=None) is None
    assert await BINDING.prove(message(grant_type=DEVICE_CODE), access_token=None) is None


async def test_a_request_to_a_resource_is_of_no_device(message):
    sent = message(grant_type=DEVICE_CODE, device_code="a-code")

    assert await BINDING.prove(sent, access_token="a-token") is None


def test_nothing_has_to_be_shown_later():
    assert BINDING.accepts(None, "a")
    assert BINDING.renews(None, "a", CLIENT)
