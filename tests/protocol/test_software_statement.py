"""What a software statement may say (RFC 7591 §2.3)."""

import pytest

from limen.model.tenant import Tenant, TrustedIssuer
from limen.protocol.software_statement import refusal, stated

NOW = 1_800_000_000
BY = TrustedIssuer(issuer="https://federation.test")
TENANT = Tenant(tenant_id="t", name="", issuer="https://id.test")


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"exp": NOW + 1, "nbf": NOW, "iat": NOW},
        {"aud": "https://id.test"},
        {"aud": ["https://else.test", "https://id.test"]},
    ],
)
def test_2_3_a_statement_needs_nothing_but_its_issuer(claims):
    assert refusal({"iss": BY.issuer, **claims}, BY, TENANT, NOW) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://else.test"}, {"aud": "https://else.test"}, {"aud": []}, {"exp": NOW - 60},
        {"nbf": NOW + 60}, {"iat": NOW + 60}, {"exp": "soon"}, {"iat": True},
    ],
)  # fmt: skip
def test_2_3_what_it_does_say_must_hold(claims):
    assert refusal({"iss": BY.issuer, **claims}, BY, TENANT, NOW)


def test_2_3_an_issuer_may_name_us_otherwise():
    by = TrustedIssuer(issuer=BY.issuer, audience="urn:us")

    assert refusal({"iss": by.issuer, "aud": "urn:us"}, by, TENANT, NOW) is None
    assert refusal({"iss": by.issuer, "aud": TENANT.issuer}, by, TENANT, NOW)


def test_3_1_1_the_statement_goes_first_and_its_own_claims_are_left_out():
    said = {"client_name": "Claimed", "software_statement": "a.b.c", "tos_uri": "https://app.test/tos"}

    counts = stated(said, {"client_name": "Stated", "iss": "x", "jti": "1", "software_statement": "other"})

    assert counts == {**said, "client_name": "Stated"}
