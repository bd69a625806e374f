"""How long guessers wait, and who counts as one of them (NIST SP 800-63B §3.2.2)."""

import pytest

from limen.model.person import Throttle
from limen.protocol.throttling import Limit, neighbourhood, room_for, wait_after, wait_for

NOW = 1_000
LIMIT = Limit(free=3, first_delay=10, longest_delay=35, window=600)


def failed(times, *, last_at=NOW, expires_at=NOW + 600):
    return Throttle(
        tenant_id="t", bucket="b", failures=times, first_at=0, last_at=last_at, expires_at=expires_at
    )


@pytest.mark.parametrize(("times", "wait"), [(0, 0), (2, 0), (3, 10), (4, 20), (5, 35), (6, 35), (90, 35)])
def test_the_delay_doubles_after_the_free_failures_up_to_the_longest(times, wait):
    assert wait_for(failed(times), LIMIT, NOW) == wait


def test_a_delay_runs_from_the_last_failure_and_ends_with_the_window():
    assert wait_for(None, LIMIT, NOW) == 0
    assert wait_for(failed(3, last_at=NOW - 9), LIMIT, NOW) == 1
    assert wait_for(failed(3, last_at=NOW - 10), LIMIT, NOW) == 0
    assert wait_for(failed(3, last_at=NOW - 11), LIMIT, NOW) == 0
    assert wait_for(failed(9, expires_at=NOW + 5), LIMIT, NOW) == 5
    assert wait_for(failed(9, expires_at=NOW), LIMIT, NOW) == 0


@pytest.mark.parametrize(("times", "room"), [(0, 3), (1, 2), (2, 1), (3, 1), (9, 1)])
def test_no_more_may_try_at_once_than_may_fail_and_one_always_may(times, room):
    assert room_for(failed(times), LIMIT, NOW) == room
    assert room_for(failed(times, expires_at=NOW), LIMIT, NOW) == room_for(None, LIMIT, NOW) == 3


def test_tries_that_were_right_do_not_count():
    assert wait_after(None, None, 5, NOW) == 0
    assert wait_after(failed(5), None, 5, NOW) == 0
    assert wait_after(failed(6), None, 5, NOW) == 600
    assert wait_after(failed(6), failed(1), 5, NOW) == 0
    assert wait_after(failed(6, expires_at=NOW), None, 5, NOW) == 0


def test_a_neighbour_is_an_ipv4_address_or_an_ipv6_network():
    assert neighbourhood("192.0.2.1") == "192.0.2.1"
    assert neighbourhood("2001:db8:1:2::1") == neighbourhood("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert neighbourhood("2001:db8:1:3::1") != neighbourhood("2001:db8:1:2::1")
    assert neighbourhood("fe80::x") == "fe80::x"
