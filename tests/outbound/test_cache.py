"""The cache of documents forgets by age and by number."""

import pytest

from limen.outbound.cache import Cache
from limen.ports.outbound import FetchError


def test_it_holds_a_thousand_documents_at_most(clock):
    cache = Cache(clock)
    for number in range(1_500):
        cache.put(number, "x")
        cache.put_failure(-number - 1)

    assert cache.get(0, fresh=False) is None
    assert cache.get(1_499, fresh=False) == "x"
    assert cache.get(-1, fresh=False) is None
    with pytest.raises(FetchError):
        cache.get(-1_500, fresh=False)


def test_a_document_ends_the_memory_of_a_failure(clock):
    cache = Cache(clock)
    cache.put_failure("a")
    cache.put("a", 1)

    assert cache.get("a", fresh=False) == 1


def test_a_failure_takes_away_no_document_that_is_kept(clock):
    cache = Cache(clock)
    cache.put("a", 1)
    cache.put_failure("a")

    assert cache.get("a", fresh=False) == 1
    with pytest.raises(FetchError):
        cache.get("a", fresh=True)
