"""Rules for the JWT by which a client proves itself (RFC 7521 §4.2, §5.2; RFC 7523 §3; FAPI 2.0 §5.3.2).

Who signed it has been checked before; these are the claims. Each rule returns why the assertion is
refused, for the operator's log, or None.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from limen.protocol.policy import Policy
from limen.protocol.profile import is_fapi

CLIENT_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Any other type is a token made for something else (RFC 8725 §3.11).
TYPES = ("JWT", "client-authentication+jwt", None)
TOKEN_PATH = "/oauth2/token"
LONGEST_LIFE = 3_600  # what libraries write that let nobody choose
LONGEST_FAPI_LIFE = 300
LEEWAY = 10  # seconds other people's clocks may differ from ours; FAPI 2.0 asks for just so many
_LONGEST_JTI = 512
_END_OF_TIME = 2**40  # seconds; beyond it no calendar and no store goes


class Expected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Whom an assertion must come from, whom it must be for, and when it is read."""

    client_id: str
    audiences: frozenset[str]
    alone: bool  # one string, not an array
    needs_jti: bool
    now: int
    leeway: int = LEEWAY
    longest: int = LONGEST_LIFE


def expected(*, client_id: str, issuer: str, base: str, url: str, policy: Policy, now: int) -> Expected:
    """Return what the policy expects; `base` and `url` are the tenant's and the endpoint's addresses."""
    ours = {issuer}
    if policy.assertion_audience == "endpoint":
        ours |= {url, base + TOKEN_PATH, issuer.removesuffix(TOKEN_PATH) + TOKEN_PATH}
    return Expected(
        client_id=client_id,
        audiences=frozenset(ours),
        alone=policy.security_profile.startswith("fapi2-"),
        needs_jti=not policy.allow_assertion_reuse,
        now=now,
        leeway=max(LEEWAY, policy.clock_skew),
        longest=LONGEST_FAPI_LIFE if is_fapi(policy.security_profile) else LONGEST_LIFE,
    )


def refusal(claims: Mapping[str, Any], wanted: Expected) -> str | None:
    """Return why the assertion proves nothing, or None."""
    return _parties(claims, wanted) or _audience(claims.get("aud"), wanted) or _dates(claims, wanted)


def identifier(claims: Mapping[str, Any]) -> str | None:
    """Return the assertion's jti, or None when it has none that can be remembered."""
    jti = claims.get("jti")
    return jti if isinstance(jti, str) and 0 < len(jti) <= _LONGEST_JTI else None


def _parties(claims: Mapping[str, Any], wanted: Expected) -> str | None:
    # RFC 7523 §3 items 1 and 2: for client authentication both are the client.
    if claims.get("iss") != wanted.client_id or claims.get("sub") != wanted.client_id:
        return "iss and sub must both be the client_id"
    if wanted.needs_jti and identifier(claims) is None:
        return "jti is missing"
    return None


def _audience(aud: object, wanted: Expected) -> str | None:
    if wanted.alone and not isinstance(aud, str):
        return "aud must be one string"
    named = aud if isinstance(aud, list) else [aud]
    # An audience beside ours could be a server that collects assertions to use them here (CVE-2025-27370).
    if not named or not all(isinstance(each, str) and each in wanted.audiences for each in named):
        return "aud names nobody or somebody else"
    return None


def _dates(claims: Mapping[str, Any], wanted: Expected) -> str | None:
    dates = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if not all(is_date(value) for value in dates.values()):
        return "exp, nbf and iat must be numbers"
    exp, now, leeway = dates.get("exp"), wanted.now, wanted.leeway
    if exp is None:
        return "exp is missing"
    if exp <= now - leeway:
        return "the assertion has expired"
    if exp > now + wanted.longest + leeway:
        return f"exp is more than {wanted.longest} seconds ahead"
    if any(dates.get(name, now) > now + leeway for name in ("nbf", "iat")):
        return "the assertion is not valid yet"
    return None


def is_date(value: object) -> bool:
    """Tell whether a claim is a NumericDate (RFC 7519 §2)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _END_OF_TIME
