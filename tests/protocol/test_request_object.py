"""Rules of request objects, without keys or transport."""

import pytest

from limen.errors import InvalidRequest, InvalidRequestObject
from limen.protocol.request_object import Expected, check_claims, known, merge, parameters

NOW = 1_800_000_000
GOOD = {"iss": "web", "aud": "https://id.test", "exp": NOW + 60, "nbf": NOW}


def expected(**changes):
    wanted = {"client_id": "web", "issuer": "https://id.test", "now": NOW, "signed": True, "dated": True}
    return Expected(**{**wanted, **changes})


@pytest.mark.parametrize(
    "changes",
    [{}, {"aud": ["x", "https://id.test"]}, {"nbf": NOW + 30}, {"exp": NOW + 3600}, {"iat": NOW - 9}],
)
def test_a_fresh_object_of_the_client_for_us_is_taken(changes):
    check_claims({**GOOD, **changes}, expected())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"request": "x"}, "request must not be inside"),
        ({"request_uri": None}, "request_uri must not be inside"),
        ({"iss": "other"}, "iss"),
        ({"aud": "other"}, "aud"),
        ({"aud": {"https://id.test": 1}}, "aud"),
        ({"client_id": "other"}, "client_id"),
        ({"exp": NOW}, "expired"),
        ({"exp": "9"}, "numbers"),
        ({"exp": True}, "numbers"),
        ({"nbf": -1}, "numbers"),
        ({"nbf": NOW + 31}, "not valid yet"),
        ({"iat": NOW + 31}, "not valid yet"),
        ({"nbf": NOW - 3601}, "younger"),
        ({"exp": NOW + 3601}, "younger"),
    ],
)
def test_what_does_not_fit_is_refused(changes, reason):
    with pytest.raises(InvalidRequestObject, match=reason):
        check_claims({**GOOD, **changes}, expected())


def test_dates_and_parties_may_be_left_out_where_no_profile_and_no_signature_ask_for_them():
    check_claims({}, expected(signed=False, dated=False))
    for missing in ("exp", "nbf"):
        without = {name: value for name, value in GOOD.items() if name != missing}
        check_claims(without, expected(dated=False))
        with pytest.raises(InvalidRequestObject):
            check_claims(without, expected())


def test_claims_become_parameters():
    found = parameters(
        {
            **GOOD,
            "max_age": 5,
            "claims": {"id_token": {"a": None}},
            "resource": ["a", "b"],
            "state": None,
            "x": 1,
        }
    )

    assert found == {"max_age": ("5",), "claims": ('{"id_token":{"a":null}}',), "resource": ("a", "b")}


@pytest.mark.parametrize("value", [True, 1.5, {}, [1], ["a"]])
def test_values_of_other_types_are_refused(value):
    with pytest.raises(InvalidRequestObject):
        parameters({"scope": value})


def test_what_is_inside_wins_and_alone_means_alone():
    outer = {"client_id": ("web",), "state": ("out",), "nonce": ("n",), "request": ("x",)}
    inner = {"state": ("in",)}

    assert merge(outer, inner, alone=False) == {"client_id": ("web",), "state": ("in",), "nonce": ("n",)}
    assert merge(outer, inner, alone=True) == {"client_id": ("web",), "state": ("in",)}
    assert known(outer).keys() == {"client_id", "state", "nonce"}


def test_response_types_agree_whatever_their_order():
    inner = {"response_type": ("code id_token",)}
    for same in ("code id_token", "id_token code"):
        merge({"client_id": ("web",), "response_type": (same,)}, inner, alone=False)
    with pytest.raises(InvalidRequestObject):
        merge({"client_id": ("web",), "response_type": ("code",)}, inner, alone=False)
    with pytest.raises(InvalidRequest):
        merge({"client_id": ("web",), "response_type": ("code", "code")}, inner, alone=False)
