"""Which step a browser journey needs next (OIDC Core §3.1.2.3, §3.1.2.4, RFC 9470 §5)."""

from enum import Enum

import msgspec

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
from limen.protocol.prompt import Prompt


class Step(Enum):
    """A page a person may be asked to act on."""

    SIGN_IN = "sign_in"
    CHOOSE_ACCOUNT = "choose_account"
    CONSENT = "consent"
    DONE = "done"


class Asked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the request wants, as far as the journey depends on it. Times are epoch seconds."""

    prompt: Prompt
    max_age: int | None
    wanted: Scope
    hinted_sub: str | None = None
    must_consent: bool = False  # things consent is asked for each time (authorization_details, offline)
    trusted: bool = False  # the operator decided for the person
    first_party: bool = False  # the operator's own application
    acr: AcrWanted = AcrWanted()
    reachable: frozenset[str] = frozenset()  # classes that signing in can reach


class Facts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is recorded so far."""

    now: int
    sub: str | None = None
    auth_time: int = 0
    acr: str | None = None
    signed_in_here: bool = False  # a sign-in was made within this interaction
    account_chosen: bool = False
    remembered: Scope = Scope()
    decided: Scope | None = None  # consent given within this interaction
    denied: bool = False


def next_step(asked: Asked, facts: Facts) -> Step:
    """Decide from recorded facts alone, so that any step may resume; refuse with the exact error."""
    if facts.denied:
        raise AccessDenied("the person denied the request")
    _require_possible(asked, facts)
    if needs_sign_in(asked, facts):
        return _asking(asked, Step.SIGN_IN, LoginRequired)
    if needs_choice(asked, facts):
        return _asking(asked, Step.CHOOSE_ACCOUNT, AccountSelectionRequired)
    if needs_consent(asked, facts):
        return _asking(asked, Step.CONSENT, ConsentRequired)
    return Step.DONE


def _asking(asked: Asked, step: Step, error: type[OAuthError]) -> Step:
    if "none" in asked.prompt:
        raise error("the request forbids interaction")
    return step


def _require_possible(asked: Asked, facts: Facts) -> None:
    """Refuse what signing in once more would not mend."""
    signed_in = facts.sub is not None and facts.signed_in_here
    if signed_in and asked.hinted_sub is not None and facts.sub != asked.hinted_sub:
        raise LoginRequired("somebody else than the request names signed in")
    met = facts.sub is not None and asked.acr.is_met_by(facts.acr)
    if asked.acr.essential and not met and (signed_in or not asked.acr.can_be_met(asked.reachable)):
        raise UnmetAuthenticationRequirements("none of the essential acr values can be reached")


def needs_sign_in(asked: Asked, facts: Facts) -> bool:
    """Nobody is there, a fresh sign-in is asked for, the last one is too old, or it is somebody else."""
    if facts.sub is None:
        return True
    if asked.hinted_sub is not None and facts.sub != asked.hinted_sub:
        return True
    if facts.signed_in_here:
        return False
    if "login" in asked.prompt or "create" in asked.prompt or _needs_step_up(asked, facts):
        return True
    return asked.max_age is not None and facts.now - facts.auth_time > max(asked.max_age, 0) - (
        asked.max_age == 0
    )


def _needs_step_up(asked: Asked, facts: Facts) -> bool:
    """RFC 9470 §5: a stronger sign-in is tried for; a voluntary one never fails a silent request."""
    if asked.acr.is_met_by(facts.acr) or not asked.acr.can_be_met(asked.reachable):
        return False
    return asked.acr.essential or "none" not in asked.prompt


def needs_choice(asked: Asked, facts: Facts) -> bool:
    """The application wants the person to choose an account; signing in here is a choice, too."""
    return "select_account" in asked.prompt and not (facts.account_chosen or facts.signed_in_here)


def needs_consent(asked: Asked, facts: Facts) -> bool:
    """Something is wanted that nobody agreed to, or consent is asked for expressly."""
    if facts.decided is not None:
        return False
    if asked.trusted and asked.first_party:
        return False
    if "consent" in asked.prompt:
        return True
    if asked.trusted:
        return False
    return asked.must_consent or not asked.wanted <= facts.remembered
