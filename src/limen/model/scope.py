"""Scope values, and the scopes and claims an operator defines (RFC 6749 §3.3, OIDC Core §5.4)."""

import re
from functools import lru_cache

import msgspec

from limen.errors import InvalidScope

_LONGEST_KEPT = 256
_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


class Scope(frozenset[str]):
    """An unordered set of scope tokens."""

    @staticmethod
    def parse(text: str) -> "Scope":
        """Read a space-delimited list; refuse a character outside RFC 6749 §3.3 with InvalidScope."""
        return _recurring(text) if len(text) <= _LONGEST_KEPT else _read(text)

    def __str__(self) -> str:
        return " ".join(sorted(self))


def _read(text: str) -> Scope:
    tokens = text.split()
    if not all(map(_TOKEN.fullmatch, tokens)):
        raise InvalidScope("scope contains a character outside RFC 6749 section 3.3")
    return Scope(tokens)


_recurring = lru_cache(maxsize=512)(_read)  # clients ask for the same few again and again


class ScopeDefinition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A scope as the operator administers it; `claims` are released at userinfo when it is granted."""

    scope: str
    display_name: str = ""
    description: str = ""
    claims: tuple[str, ...] = ()
    discoverable: bool = True


class ClaimDefinition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A claim and the person's attribute it is read from; no attribute means unmapped."""

    claim: str
    attribute: str | None = None
    discoverable: bool = True


STANDARD_SCOPES: tuple[ScopeDefinition, ...] = (
    ScopeDefinition(scope="openid", display_name="Sign you in", description="Know who you are"),
    ScopeDefinition(
        scope="profile",
        display_name="Your profile",
        description="See your name, picture and other basic details",
        claims=(
            "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile",
            "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
        ),
    ),
    ScopeDefinition(
        scope="email",
        display_name="Your e-mail address",
        description="See your e-mail address",
        claims=("email", "email_verified"),
    ),
    ScopeDefinition(
        scope="address",
        display_name="Your postal address",
        description="See your postal address",
        claims=("address",),
    ),
    ScopeDefinition(
        scope="phone",
        display_name="Your phone number",
        description="See your phone number",
        claims=("phone_number", "phone_number_verified"),
    ),
    ScopeDefinition(
        scope="offline_access",
        display_name="Stay connected",
        description="Keep access when you are not there",
    ),
)  # fmt: skip

STANDARD_CLAIMS: tuple[ClaimDefinition, ...] = tuple(
    ClaimDefinition(claim=name, attribute=name)
    for definition in STANDARD_SCOPES
    for name in definition.claims
)
