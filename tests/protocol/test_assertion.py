"""The claims of client assertions."""

import math

import pytest
from msgspec import structs

from limen.protocol.assertion import Expected, expected, identifier, is_date, refusal
from limen.protocol.policy import Policy

NOW, ISSUER = 1_800_000_000, "https://id.test/t/a"
WANTED = Expected(client_id="web", audiences=frozenset({ISSUER}), alone=False, needs_jti=True, now=NOW)
GOOD = {"iss": "web", "sub": "web", "aud": ISSUER, "exp": NOW + 60, "iat": NOW, "jti": "1"}


def wanted_by(policy):
    return expected(
        client_id="web", issuer=ISSUER, base=ISSUER, url=f"{ISSUER}/oauth2/par", policy=policy, now=NOW
    )


def test_a_good_assertion_is_accepted():
    assert refusal(GOOD, WANTED) is None


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "jti"])
def test_each_required_claim_is_required(name):
    assert refusal({k: v for k, v in GOOD.items() if k != name}, WANTED)


@pytest.mark.parametrize("exp", ["1800000060", True, None, [], NOW - 10, NOW + 3_611, -1])
def test_jw_18_an_exp_that_is_no_date_or_out_of_bounds_is_refused(exp):
    assert refusal({**GOOD, "exp": exp}, WANTED)


@pytest.mark.parametrize("exp", [NOW - 9, NOW + 3_610, NOW + 60.5])
def test_an_exp_within_bounds_and_leeway_is_accepted(exp):
    assert refusal({**GOOD, "exp": exp}, WANTED) is None


@pytest.mark.parametrize("profile", ["fapi1-advanced", "fapi2-security", "fapi2-message-signing"])
def test_fapi_takes_no_more_than_five_minutes(profile):
    fapi = wanted_by(Policy(security_profile=profile))

    assert refusal({**GOOD, "exp": NOW + 310}, fapi) is None
    assert refusal({**GOOD, "exp": NOW + 311}, fapi)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_jw_19_eight_seconds_ahead_are_forgiven_and_sixty_one_are_not(name):
    assert refusal({**GOOD, name: NOW + 8}, WANTED) is None
    assert refusal({**GOOD, name: NOW + 61}, WANTED)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_the_leeway_of_ten_seconds_ends_to_the_second(name):
    assert refusal({**GOOD, name: NOW + 10}, WANTED) is None
    assert refusal({**GOOD, name: NOW + 11}, WANTED)


def test_a_date_is_a_number_of_seconds_that_a_store_can_keep():
    assert all(is_date(value) for value in (0, NOW, NOW + 0.5, 2**40 - 1))
    assert not any(is_date(value) for value in (-1, 2**40, math.inf, math.nan, True, "1", None))


def test_the_leeway_follows_the_clock_skew_that_is_set():
    wider = wanted_by(Policy(clock_skew=60))

    assert refusal({**GOOD, "iat": NOW + 59}, wider) is None
    assert refusal({**GOOD, "iat": NOW + 61}, wider)


def test_by_default_only_the_issuer_is_an_audience():
    strict = wanted_by(Policy())

    assert refusal(GOOD, strict) is None
    assert refusal({**GOOD, "aud": [ISSUER]}, strict) is None
    assert refusal({**GOOD, "aud": f"{ISSUER}/oauth2/token"}, strict)


def test_fapi_2_takes_the_issuer_as_one_string_alone():
    fapi = wanted_by(Policy(security_profile="fapi2-security"))

    assert refusal(GOOD, fapi) is None
    assert refusal({**GOOD, "aud": [ISSUER]}, fapi)


@pytest.mark.parametrize("path", ["", "/oauth2/token", "/oauth2/par"])
def test_with_endpoint_audiences_the_endpoints_count_too(path):
    assert refusal({**GOOD, "aud": ISSUER + path}, wanted_by(Policy(assertion_audience="endpoint"))) is None


@pytest.mark.parametrize("policy", [Policy(), Policy(assertion_audience="endpoint")])
@pytest.mark.parametrize(
    "aud", ["https://other.test", ["https://other.test", ISSUER], "https://id.test", [], 7]
)
def test_ca_09_an_audience_that_is_not_ours_alone_is_refused(policy, aud):
    assert refusal({**GOOD, "aud": aud}, wanted_by(policy))


def test_ca_11_iss_sub_and_client_id_are_all_equal():
    assert refusal({**GOOD, "iss": "other"}, WANTED)
    assert refusal({**GOOD, "sub": "other"}, WANTED)


def test_a_compatibility_issuer_keeps_its_token_endpoint():
    issuer = "https://id.test/oauth2/token"
    policy = Policy(assertion_audience="endpoint")
    wanted = expected(
        client_id="web", issuer=issuer, base="https://id.test", url=issuer, policy=policy, now=NOW
    )

    assert wanted.audiences == {issuer}


def test_without_reuse_checks_a_jti_is_not_needed():
    relaxed = structs.replace(WANTED, needs_jti=False)

    assert refusal({k: v for k, v in GOOD.items() if k != "jti"}, relaxed) is None


@pytest.mark.parametrize("jti", ["", 7, None, "x" * 513])
def test_a_jti_that_cannot_be_remembered_is_none(jti):
    assert identifier({"jti": jti}) is None
    assert identifier({"jti": "x" * 512}) == "x" * 512
