"""Initial access tokens (RFC 7591 §3)."""

import pytest

from limen.errors import InvalidClientMetadata
from limen.model.tenant import InitialAccess, Registration
from limen.protocol.initial_access import check_grants, find, is_live, spend

NOW = 1_800_000_000


def registration(**fields):
    return Registration(mode="token", initial_access=(InitialAccess(token_id="t", digest="d", **fields),))


def test_a_token_lives_until_it_expires_or_is_used_up():
    def lives(**fields):
        return is_live(InitialAccess(token_id="t", digest="d", **fields), NOW)

    assert [lives(), lives(expires_at=NOW + 1), lives(remaining=1)] == [True, True, True]
    assert [lives(expires_at=NOW), lives(remaining=0)] == [False, False]


def test_a_token_is_found_by_its_digest_while_it_lives():
    assert find(registration(), "d", NOW).token_id == "t"
    assert find(registration(), "other", NOW) is None
    assert find(registration(remaining=0), "d", NOW) is None


def test_each_use_leaves_one_less():
    left = spend(registration(remaining=2), "t", NOW)

    assert left.initial_access[0].remaining == 1
    assert spend(spend(left, "t", NOW), "t", NOW) is None


def test_a_token_without_a_bound_is_never_used_up():
    unbounded = registration()

    assert spend(unbounded, "t", NOW) is unbounded


def test_a_token_that_is_gone_cannot_be_used():
    assert spend(registration(), "other", NOW) is None


def test_5_whoever_nobody_vouches_for_gets_what_people_allow():
    personal, own = frozenset({"authorization_code"}), frozenset({"authorization_code", "client_credentials"})

    check_grants(Registration(mode="open"), personal, frozenset())
    check_grants(Registration(mode="open"), own, own)
    check_grants(registration(), own, frozenset())
    for mode in ("open", "closed"):
        with pytest.raises(InvalidClientMetadata):
            check_grants(Registration(mode=mode), own, personal)
