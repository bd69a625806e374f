"""Rules for a JWT of a trusted issuer: as an assertion (RFC 7523 §3) or a subject token (RFC 8693 §2.1).

Who signed it has been checked before; these are the claims.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from limen.model.tenant import Tenant, TrustedIssuer
from limen.protocol.assertion import LEEWAY, identifier, is_date

TYPES = ("JWT", None)
LONGEST_AGE = 3_600
_LONGEST_SUBJECT = 255


class Assertion(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a trusted issuer says of somebody."""

    iss: str
    sub: str
    iat: int
    exp: int
    jti: str | None
    act: Mapping[str, Any] | None
    may_act: Mapping[str, Any] | None


def accept(
    claims: Mapping[str, Any], by: TrustedIssuer, tenant: Tenant, now: int, *, skew: int = 0
) -> Assertion | str:
    """Return the assertion, or why it is refused; `skew` is the policy's clock_skew."""
    reason = _parties(claims, by, tenant) or _dates(claims, now, max(LEEWAY, skew)) or _actors(claims)
    if reason:
        return reason
    return Assertion(
        iss=by.issuer,
        sub=claims["sub"],
        iat=int(claims["iat"]),
        exp=int(claims["exp"]),
        jti=identifier(claims),
        act=claims.get("act"),
        may_act=claims.get("may_act"),
    )


def _parties(claims: Mapping[str, Any], by: TrustedIssuer, tenant: Tenant) -> str:
    sub, aud = claims.get("sub"), claims.get("aud")
    if claims.get("iss") != by.issuer:
        return "iss is another issuer"
    if not isinstance(sub, str) or not 0 < len(sub) <= _LONGEST_SUBJECT:
        return "sub is missing"
    named = aud if isinstance(aud, list) else [aud]
    if not {tenant.issuer, by.audience or tenant.issuer}.intersection(a for a in named if isinstance(a, str)):
        return "aud does not name this issuer"
    return ""


def _dates(claims: Mapping[str, Any], now: int, leeway: int) -> str:
    """Leeway forgives a clock that is ahead of ours; it never lengthens a life."""
    dates = {"nbf": 0, **claims}
    if not all(is_date(dates.get(name)) for name in ("exp", "iat", "nbf")):
        return "exp and iat are needed, and must be numbers like nbf"
    exp, iat, nbf = dates["exp"], dates["iat"], dates["nbf"]
    if exp <= now:
        return "it has expired"
    if max(iat, nbf) > now + leeway:
        return "it is not valid yet"
    if now - iat > LONGEST_AGE:
        return f"it is older than {LONGEST_AGE} seconds"
    return ""


def _actors(claims: Mapping[str, Any]) -> str:
    members = [claims[name] for name in ("act", "may_act") if name in claims]
    return "" if all(isinstance(member, dict) for member in members) else "act and may_act must be objects"
