"""The handle of a journey carries its request, packed where that saves a long URL."""

import zlib

import msgspec
import pytest

from limen.model.artifacts import Interaction
from limen.tokens.journey import open_journey, seal_journey


def journey(**params):
    return Interaction(
        tenant_id="t1",
        digest="",
        expires_at=9,
        client_id="app",
        params={name: (value,) for name, value in params.items()},
        fresh_until=8,
        browser_digest="b",
    )


@pytest.mark.parametrize("length", [10, 900, 5_000])
async def test_what_a_handle_carries_is_read_as_it_was(keyring, length):
    await keyring.load("t1")
    begun = journey(state="s", login_hint="alice" * (length // 5))

    handle = seal_journey(keyring, begun)
    found = open_journey(keyring, "t1", handle)

    assert found.params == begun.params
    assert (found.client_id, found.expires_at, found.fresh_until) == ("app", 9, 8)
    assert len(handle) < 1_500


async def test_a_short_journey_of_the_version_before_which_packed_every_one_goes_on(keyring):
    await keyring.load("t1")
    said = ("app", {"state": ("s",)}, 9, 8, "b", None, None)
    handle = keyring.seal("t1", "jn", zlib.compress(msgspec.msgpack.encode(said), 1))

    assert open_journey(keyring, "t1", handle).params == {"state": ("s",)}
