"""The claims of DPoP proofs."""

import pytest

from limen.protocol.dpop import Request, ath, is_same_url, refusal

NOW, URL = 1_800_000_000, "https://id.test/oauth2/token"
REQUEST = Request(method="POST", url=URL, access_token=None, now=NOW)
GOOD = {"jti": "1", "htm": "POST", "htu": URL, "iat": NOW}


def test_a_good_proof_is_accepted():
    assert refusal(GOOD, REQUEST) is None


def test_unknown_claims_and_dates_of_other_kinds_are_tolerated():
    assert refusal({**GOOD, "nbf": NOW, "exp": NOW + 60, "what": "ever"}, REQUEST) is None


@pytest.mark.parametrize("name", ["jti", "htm", "htu", "iat"])
def test_each_required_claim_is_required(name):
    assert refusal({k: v for k, v in GOOD.items() if k != name}, REQUEST)


@pytest.mark.parametrize(
    "htu", [f"{URL}?a=b", f"{URL}#x", "HTTPS://ID.TEST/oauth2/token", "https://id.test:443/oauth2/token"]
)
def test_dp_02_case_port_query_and_fragment_do_not_matter(htu):
    assert is_same_url(htu, URL)


@pytest.mark.parametrize(
    "htu",
    [
        "https://id.test/oauth2/Token", "https://id.test/oauth2/token/", "http://id.test/oauth2/token",
        "https://other.test/oauth2/token", "https://id.test:8443/oauth2/token", "/oauth2/token", "", 7, None,
        "https://x@id.test/oauth2/token", "https://[id.test/oauth2/token", "https://id.test:x/oauth2/token",
        " https://id.test/oauth2/token", "https://id.test/oauth2/to\tken", "https://id.test/oauth2/token\n",
        "https://id.test:0/oauth2/token", "https://id.test/oauth2/tok\u00e9n",
    ],
)  # fmt: skip
def test_dp_02_another_path_host_scheme_or_port_does(htu):
    assert not is_same_url(htu, URL)


@pytest.mark.parametrize("iat", [NOW - 60, NOW, NOW + 10, NOW + 0.5])
def test_dp_03_a_minute_past_and_ten_seconds_ahead_are_taken(iat):
    assert refusal({**GOOD, "iat": iat}, REQUEST) is None


@pytest.mark.parametrize("iat", [NOW - 61, NOW + 11, "1800000000", True, None])
def test_dp_03_what_is_beyond_is_refused(iat):
    assert refusal({**GOOD, "iat": iat}, REQUEST)


def test_with_an_access_token_the_proof_names_its_hash():
    request = Request(method="POST", url=URL, access_token="a-token", now=NOW)

    assert refusal({**GOOD, "ath": ath("a-token")}, request) is None
    assert refusal(GOOD, request)
    assert refusal({**GOOD, "ath": ath("another")}, request)
    assert refusal({**GOOD, "ath": "ä"}, request)


def test_the_hash_is_that_of_the_specification():
    # RFC 9449 §7.1, figure 12 and its access token
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"

    assert ath(token) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
