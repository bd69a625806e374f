"""Rules for JWTs of trusted issuers (RFC 7523 §3)."""

import pytest

from limen.model.tenant import Tenant, TrustedIssuer
from limen.protocol.trusted_assertion import Assertion, accept

NOW = 1_800_000_000
TENANT = Tenant(tenant_id="t", name="", issuer="https://id.test")
BY = TrustedIssuer(issuer="https://other.test")
GOOD = {"iss": BY.issuer, "sub": "alice", "aud": TENANT.issuer, "iat": NOW, "exp": NOW + 60, "jti": "1"}


def test_good_claims_are_taken_as_they_are():
    found = accept(GOOD, BY, TENANT, NOW)

    assert found == Assertion(
        iss=BY.issuer, sub="alice", iat=NOW, exp=NOW + 60, jti="1", act=None, may_act=None
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://id.test"},
        {"sub": ""},
        {"sub": "x" * 256},
        {"aud": {}},
        {"exp": NOW},
        {"exp": -1},
        {"iat": NOW + 11},
        {"nbf": NOW + 11},
        {"iat": NOW - 3_601},
        {"may_act": []},
    ],
)
def test_a_claim_that_does_not_hold_refuses(wrong):
    assert isinstance(accept(GOOD | wrong, BY, TENANT, NOW), str)


def test_leeway_forgives_a_clock_ahead_but_lengthens_no_life():
    assert isinstance(accept(GOOD | {"iat": NOW + 10, "nbf": NOW + 10}, BY, TENANT, NOW), Assertion)
    assert isinstance(accept(GOOD, BY, TENANT, NOW + 60), str)
