"""Rules of token exchange (RFC 8693 §2, §4)."""

import pytest

from limen.errors import InvalidRequest, InvalidScope, InvalidTarget
from limen.model.scope import Scope
from limen.model.tenant import Resource, Tenant
from limen.protocol.policy import Policy
from limen.protocol.token_exchange import (
    ACCESS_TOKEN,
    JWT,
    LONGEST_CHAIN,
    act_of,
    check_may_act,
    check_requested_type,
    narrowed,
    targets,
)

TENANT = Tenant(tenant_id="t", name="", issuer="https://id.test", resources=(Resource(resource="urn:api"),))
POLICY = Policy(exchange_audiences=("db",))


def test_an_access_token_is_issued_unless_a_jwt_is_asked_for_and_made_here():
    assert check_requested_type(None, "opaque") == ACCESS_TOKEN
    assert check_requested_type(JWT, "jwt") == JWT
    with pytest.raises(InvalidRequest):
        check_requested_type(JWT, "opaque")


def test_targets_are_those_the_policy_or_the_tenant_lists_each_once():
    assert targets(("db", "db"), ("urn:api",), TENANT, POLICY) == ("db", "urn:api")
    assert targets((), (), TENANT, POLICY) == ()
    with pytest.raises(InvalidTarget):
        targets(("urn:other",), (), TENANT, POLICY)


def test_scope_stays_within_both_bounds():
    subject, allowed = Scope({"a", "b"}), Scope({"b", "c"})
    assert narrowed(None, subject, allowed) == Scope({"b"})
    assert narrowed(None, None, allowed) == Scope()
    assert narrowed(Scope({"c"}), None, allowed) == Scope({"c"})
    for excess in ("a", "c", "d"):
        with pytest.raises(InvalidScope):
            narrowed(Scope({excess}), subject, allowed)


def test_an_actor_stands_on_top_of_those_before():
    assert act_of(None, {"sub": "a"}) == {"sub": "a"}
    assert act_of({"sub": "b"}, None) == {"sub": "b"}
    assert act_of({"sub": "b"}, {"sub": "a"}) == {"sub": "b", "act": {"sub": "a"}}


@pytest.mark.parametrize("actor", [None, {"sub": "b"}])
def test_a_chain_that_came_too_long_is_refused_whoever_acts(actor):
    chain = None
    for number in range(LONGEST_CHAIN + 1):
        chain = {"sub": str(number), **({"act": chain} if chain else {})}

    with pytest.raises(InvalidRequest):
        act_of(actor, chain)
    assert act_of(None, chain["act"]) == chain["act"]


@pytest.mark.parametrize(
    "may_act", [{"sub": "x"}, {"iss": "https://id.test"}, {"sub": "me", "iss": "https://x"}]
)
def test_may_act_refuses_whom_it_does_not_name(may_act):
    with pytest.raises(InvalidRequest):
        check_may_act(may_act, {"sub": "me"}, client_id="app", issuer="https://id.test")


def test_may_act_names_nobody_of_a_third_issuer():
    ours, theirs, third = ({"sub": "me", **iss} for iss in ({}, {"iss": "https://x"}, {"iss": "https://y"}))
    who = {"client_id": "app", "issuer": "https://id.test", "by": "https://x"}

    for actor in (ours, theirs):
        check_may_act({"sub": "me"}, actor, **who)
    with pytest.raises(InvalidRequest):
        check_may_act({"sub": "me"}, third, **who)
    check_may_act({"sub": "me", "iss": "https://y"}, third, **who)


@pytest.mark.parametrize(
    "may_act", [None, {"sub": "me"}, {"client_id": "app"}, {"sub": "me", "email": "me@x"}]
)
def test_may_act_lets_pass_whom_it_names(may_act):
    check_may_act(may_act, {"sub": "me"}, client_id="app", issuer="https://id.test")
