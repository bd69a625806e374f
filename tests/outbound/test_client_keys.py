"""A client's keys: what it registered, or what its jwks_uri says, asked again with restraint."""

from limen.model.client import Client
from limen.outbound.client_keys import FetchedClientKeys
from limen.ports.outbound import FetchError


class Documents:
    """A fetcher that answers from a dictionary and counts how often it had to be fresh."""

    def __init__(self):
        self.documents = {}
        self.fresh = 0
        self.rotated = None

    async def json(self, url, *, limit, fresh=False):
        self.fresh += fresh
        if fresh and self.rotated:
            return self.rotated
        if url not in self.documents:
            raise FetchError
        return self.documents[url]


URI = "https://rp.test/jwks"
CLIENT = Client(tenant_id="t", client_id="c", jwks_uri=URI)
OLD, NEW = {"keys": [{"kid": "old"}]}, {"keys": [{"kid": "new"}]}


async def test_registered_keys_need_no_call(clock):
    keys = FetchedClientKeys(Documents(), clock)

    assert await keys.of(Client(tenant_id="t", client_id="c", jwks=OLD), kid="new") == OLD
    assert await keys.of(Client(tenant_id="t", client_id="c")) == {"keys": []}


async def test_an_unknown_kid_is_looked_for_once_in_thirty_seconds(clock):
    documents = Documents()
    documents.documents[URI] = OLD
    keys = FetchedClientKeys(documents, clock)

    for _ in range(5):
        assert await keys.of(CLIENT, kid="new") == OLD
    assert documents.fresh == 1

    clock.time += 30
    documents.rotated = NEW
    assert await keys.of(CLIENT, kid="new") == NEW
    assert documents.fresh == 2


async def test_known_keys_outlast_a_look_for_newer_ones_that_fails(clock):
    documents = Documents()
    documents.documents[URI], documents.rotated = OLD, ["nonsense"]
    keys = FetchedClientKeys(documents, clock)

    assert await keys.of(CLIENT, kid="new") == OLD


async def test_a_set_with_members_that_are_no_keys_is_looked_through(clock):
    documents = Documents()
    documents.documents[URI] = mixed = {"keys": ["old", None, {"kid": "old"}]}

    assert await FetchedClientKeys(documents, clock).of(CLIENT, kid="old") == mixed
    assert documents.fresh == 0


async def test_a_known_kid_or_none_asks_nobody_again(clock):
    documents = Documents()
    documents.documents[URI] = OLD
    keys = FetchedClientKeys(documents, clock)

    await keys.of(CLIENT, kid="old")
    await keys.of(CLIENT)

    assert documents.fresh == 0


async def test_what_is_no_jwk_set_is_empty(clock):
    documents = Documents()
    keys = FetchedClientKeys(documents, clock)

    for nonsense in ([], {"keys": {}}, "x", {}):
        documents.documents[URI] = nonsense
        assert await keys.of(CLIENT, kid="x") == {"keys": []}
    documents.documents.clear()
    assert await keys.of(CLIENT) == {"keys": []}
