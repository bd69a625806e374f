"""Which challenges a client may send, and what answers them (RFC 7636 §4.1 to §4.6)."""

import pytest

from limen.errors import InvalidGrant, InvalidRequest
from limen.protocol.pkce import check_challenge, check_verifier

# RFC 7636, appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
BAD_TEXTS = ("", "v" * 42, "v" * 129, "v" * 42 + " ", "v" * 43 + "\n", "é" * 43)


def check(challenge, method, *, required=True, allow_plain=True):
    return check_challenge(challenge, method, required=required, allow_plain=allow_plain)


def test_a_challenge_may_be_required():
    with pytest.raises(InvalidRequest):
        check(None, None, required=True)


@pytest.mark.parametrize("method", ["s256", "S512", "PLAIN", " "])
def test_an_unknown_method_is_refused_even_where_plain_is_open(method):
    with pytest.raises(InvalidRequest):
        check(CHALLENGE, method)


def test_a_method_without_a_challenge_is_refused():
    assert check(None, None, required=False) == ""
    with pytest.raises(InvalidRequest):
        check(None, "S256", required=False)


@pytest.mark.parametrize("challenge", BAD_TEXTS)
def test_a_plain_challenge_is_what_a_verifier_may_be(challenge):
    assert check("v" * 43, "plain") == check("v" * 128, None) == "plain"
    with pytest.raises(InvalidRequest):
        check(challenge, "plain")


@pytest.mark.parametrize("method", ["plain", None, "s256", "S512", ""])
def test_nothing_but_s256_is_taken_where_plain_is_closed(method):
    assert check(CHALLENGE, "S256", allow_plain=False) == "S256"
    with pytest.raises(InvalidRequest):
        check(CHALLENGE, method, allow_plain=False)


@pytest.mark.parametrize("challenge", [*BAD_TEXTS, CHALLENGE[:-1], CHALLENGE + "A", CHALLENGE[:-1] + "."])
def test_an_s256_challenge_is_the_text_of_a_hash(challenge):
    with pytest.raises(InvalidRequest):
        check(challenge, "S256")


@pytest.mark.parametrize("verifier", [None, *BAD_TEXTS, "v" * 43, CHALLENGE])
def test_only_the_verifier_of_the_challenge_redeems_a_code(verifier):
    check_verifier(VERIFIER, challenge=CHALLENGE, method="S256")
    check_verifier(VERIFIER, challenge=VERIFIER, method="plain")
    for challenge, method in ((CHALLENGE, "S256"), (VERIFIER, "plain")):
        with pytest.raises(InvalidGrant):
            check_verifier(verifier, challenge=challenge, method=method)


def test_a_malformed_verifier_answers_nothing_even_if_it_is_the_challenge():
    with pytest.raises(InvalidGrant):
        check_verifier("v" * 42, challenge="v" * 42, method="plain")


def test_a_verifier_that_no_challenge_asked_for_is_refused():
    check_verifier(None, challenge=None, method="")
    with pytest.raises(InvalidGrant):
        check_verifier(VERIFIER, challenge=None, method="")
