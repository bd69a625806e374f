"""Which step a journey needs next, decided from facts alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from limen.errors import (
    AccessDenied,
    AccountSelectionRequired,
    ConsentRequired,
    LoginRequired,
    OAuthError,
    UnmetAuthenticationRequirements,
)
from limen.model.scope import Scope
from limen.protocol.acr import AcrWanted
from limen.protocol.interaction import Asked, Facts, Step, next_step
from limen.protocol.prompt import Prompt

NOW = 1_800_000_000
OPENID = Scope.parse("openid")
ASKED = Asked(prompt=Prompt(), max_age=None, wanted=OPENID)
SIGNED_IN = Facts(now=NOW, sub="alice", auth_time=NOW - 100, acr="pwd", remembered=OPENID)
FRESH = structs.replace(SIGNED_IN, signed_in_here=True, auth_time=NOW)
NOBODY = Facts(now=NOW)
STRONG = AcrWanted(frozenset({"key"}), essential=True)


def asked(**changes):
    if "prompt" in changes:
        changes["prompt"] = Prompt.parse(changes["prompt"])
    return structs.replace(ASKED, **changes)


def facts(start=SIGNED_IN, **changes):
    return structs.replace(start, **changes)


@pytest.mark.parametrize(
    ("request_", "known", "step"),
    [
        (asked(), NOBODY, Step.SIGN_IN),
        (asked(), SIGNED_IN, Step.DONE),
        (asked(prompt="login"), SIGNED_IN, Step.SIGN_IN),
        (asked(prompt="login"), FRESH, Step.DONE),
        (asked(prompt="create"), SIGNED_IN, Step.SIGN_IN),
        (asked(max_age=100), SIGNED_IN, Step.DONE),
        (asked(max_age=99), SIGNED_IN, Step.SIGN_IN),
        (asked(max_age=0), facts(auth_time=NOW), Step.SIGN_IN),
        (asked(max_age=0), FRESH, Step.DONE),
        (asked(hinted_sub="bob"), SIGNED_IN, Step.SIGN_IN),
        (asked(hinted_sub="alice"), SIGNED_IN, Step.DONE),
        (asked(prompt="select_account"), SIGNED_IN, Step.CHOOSE_ACCOUNT),
        (asked(prompt="select_account"), facts(account_chosen=True), Step.DONE),
        (asked(prompt="select_account"), FRESH, Step.DONE),
        (asked(prompt="consent"), SIGNED_IN, Step.CONSENT),
        (asked(prompt="consent"), facts(decided=OPENID), Step.DONE),
        (asked(), facts(remembered=Scope()), Step.CONSENT),
        (asked(trusted=True), facts(remembered=Scope()), Step.DONE),
        (asked(prompt="consent", trusted=True), SIGNED_IN, Step.CONSENT),
        (asked(must_consent=True), SIGNED_IN, Step.CONSENT),
        (asked(acr=STRONG, reachable=frozenset({"key"})), SIGNED_IN, Step.SIGN_IN),
        (asked(acr=STRONG, reachable=frozenset()), facts(acr="key"), Step.DONE),
        (asked(acr=AcrWanted(frozenset({"key"})), reachable=frozenset({"key"})), SIGNED_IN, Step.SIGN_IN),
        (asked(acr=AcrWanted(frozenset({"key"})), reachable=frozenset({"key"})), FRESH, Step.DONE),
        (asked(acr=AcrWanted(frozenset({"key"}))), SIGNED_IN, Step.DONE),
        (
            asked(acr=AcrWanted(frozenset({"key"})), reachable=frozenset({"key"}), prompt="none"),
            SIGNED_IN,
            Step.DONE,
        ),
    ],
)
def test_the_next_step_follows_from_the_facts(request_, known, step):
    assert next_step(request_, known) is step


@pytest.mark.parametrize(
    ("request_", "known", "error"),
    [
        (asked(prompt="none"), NOBODY, LoginRequired),
        (asked(prompt="none", max_age=1), SIGNED_IN, LoginRequired),
        (asked(prompt="none"), facts(remembered=Scope()), ConsentRequired),
        (asked(), facts(denied=True), AccessDenied),
        (asked(hinted_sub="bob"), FRESH, LoginRequired),
        (asked(acr=STRONG), SIGNED_IN, UnmetAuthenticationRequirements),
        (asked(acr=STRONG), NOBODY, UnmetAuthenticationRequirements),
        (asked(acr=STRONG, reachable=frozenset({"key"})), FRESH, UnmetAuthenticationRequirements),
        (asked(acr=STRONG, reachable=frozenset({"key"}), prompt="none"), SIGNED_IN, LoginRequired),
    ],
)
def test_what_cannot_be_is_refused_with_its_own_error(request_, known, error):
    with pytest.raises(error):
        next_step(request_, known)


def test_account_selection_has_its_error_where_no_page_may_be_shown():
    silent = structs.replace(ASKED, prompt=Prompt({"none", "select_account"}))

    with pytest.raises(AccountSelectionRequired):
        next_step(silent, SIGNED_IN)


@given(
    request_=st.builds(
        Asked,
        prompt=st.sampled_from(["", "none", "login", "consent", "select_account", "login consent"]).map(
            Prompt.parse
        ),
        max_age=st.one_of(st.none(), st.integers(0, 200)),
        wanted=st.just(OPENID),
        hinted_sub=st.sampled_from([None, "alice", "bob"]),
        must_consent=st.booleans(),
        trusted=st.booleans(),
        acr=st.builds(AcrWanted, st.sampled_from([frozenset(), frozenset({"key"})]), st.booleans()),
        reachable=st.sampled_from([frozenset(), frozenset({"key"})]),
    )
)
def test_a_person_who_does_what_is_asked_comes_to_an_end(request_):
    known = NOBODY
    for _ in range(4):
        try:
            step = next_step(request_, known)
        except OAuthError:
            return
        assert step is Step.DONE or "none" not in request_.prompt
        match step:
            case Step.DONE:
                assert known.sub is not None
                return
            case Step.SIGN_IN:
                known = structs.replace(known, sub="alice", auth_time=NOW, signed_in_here=True, acr="key")
            case Step.CHOOSE_ACCOUNT:
                known = structs.replace(known, account_chosen=True)
            case Step.CONSENT:
                known = structs.replace(known, decided=OPENID)
    raise AssertionError("the journey does not end")
