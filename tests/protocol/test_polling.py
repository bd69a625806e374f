"""Polls of devices and of CIBA clients (RFC 8628 §3.5, CIBA Core §11)."""

import pytest

from limen.errors import AuthorizationPending, ExpiredToken, SlowDown
from limen.model.artifacts import DeviceCode
from limen.model.scope import Scope
from limen.protocol.polling import Poll, judge, polled, refusal

NOW = 1_800_000_000


def waiting(**fields):
    return DeviceCode(
        **{
            "tenant_id": "t",
            "digest": "d",
            "expires_at": NOW + 600,
            "client_id": "tv",
            "user_code_digest": "u",
            "scope": Scope(),
            "interval": 5,
            **fields,
        }
    )


def test_a_first_poll_is_pending_and_the_next_must_wait():
    code = waiting()
    assert judge(code, NOW) is Poll.PENDING
    code = polled(code, Poll.PENDING, NOW)
    assert judge(code, NOW + 4) is Poll.TOO_SOON
    assert judge(code, NOW + 5) is Poll.PENDING
    assert code.interval == 5


def test_dv_01_each_hasty_poll_makes_the_interval_five_seconds_longer():
    code = polled(waiting(polled_at=NOW), Poll.TOO_SOON, NOW + 1)

    assert (code.interval, code.polled_at) == (10, NOW + 1)
    assert judge(code, NOW + 10) is Poll.TOO_SOON


@pytest.mark.parametrize(("status", "verdict"), [("approved", Poll.READY), ("denied", Poll.DENIED)])
def test_an_answer_is_given_however_soon_it_is_asked_for(status, verdict):
    assert judge(waiting(status=status, polled_at=NOW), NOW) is verdict


def test_an_expired_code_is_expired_whatever_was_decided():
    assert judge(waiting(status="approved", expires_at=NOW), NOW) is Poll.EXPIRED


@pytest.mark.parametrize(
    ("verdict", "error"),
    [(Poll.PENDING, AuthorizationPending), (Poll.TOO_SOON, SlowDown), (Poll.EXPIRED, ExpiredToken)],
)
def test_every_verdict_has_its_error(verdict, error):
    assert isinstance(refusal(verdict), error)


def test_the_interval_has_an_end_so_that_hasty_polls_stop_writing():
    code = waiting(polled_at=NOW)
    for _ in range(20):
        code = polled(code, Poll.TOO_SOON, NOW)

    assert code.interval == 60
    assert polled(code, Poll.TOO_SOON, NOW) == code
