"""What a request object must say and which parameters then count (RFC 9101 §4 and §6.3, OIDC Core §6).

Dates: FAPI 1 Advanced §5.2.2, FAPI 2 Message Signing §5.3.1. Signature and encryption were checked before.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from limen.errors import InvalidRequest, InvalidRequestObject
from limen.protocol.authorization_request import AuthorizationRequest
from limen.protocol.message import Params

# RFC 9101 §10.8: what is typed for another purpose is no request object.
TYPES = (None, "JWT", "oauth-authz-req+jwt")
LONGEST = 65_536
KNOWN = frozenset(AuthorizationRequest.__struct_fields__)
_AHEAD = 30  # seconds other people's clocks may run before ours
_OLDEST = _LONGEST_LIFE = 3600
_STRUCTURED: Mapping[str, type] = {
    "claims": dict,
    "authorization_details": list,
    "registration": dict,
}


class Expected(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Whose object it is and for whom; `signed` and `dated` make more claims necessary."""

    client_id: str
    issuer: str
    now: int
    signed: bool
    dated: bool
    skew: int = 0  # the policy's clock_skew


def check_claims(claims: Mapping[str, Any], wanted: Expected) -> None:
    """Refuse the claims about the object itself with InvalidRequestObject."""
    if reason := _nested(claims) or _parties(claims, wanted) or _dates(claims, wanted):
        raise InvalidRequestObject(f"the request object is not acceptable: {reason}")


def _nested(claims: Mapping[str, Any]) -> str | None:
    for name in ("request", "request_uri"):
        if name in claims:
            return f"{name} must not be inside"
    return None


def _parties(claims: Mapping[str, Any], wanted: Expected) -> str | None:
    issuer, audience = claims.get("iss"), claims.get("aud")
    if (wanted.signed or issuer is not None) and issuer != wanted.client_id:
        return "iss must be the client_id"
    audiences = audience if isinstance(audience, list) else [audience]
    if (wanted.signed or audience is not None) and wanted.issuer not in audiences:
        return "aud must contain this issuer"
    if claims.get("client_id", wanted.client_id) != wanted.client_id:
        return "client_id differs from the request's"
    return None


def _dates(claims: Mapping[str, Any], wanted: Expected) -> str | None:
    dates = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if not all(_is_date(value) for value in dates.values()):
        return "exp, nbf and iat must be numbers"
    if "exp" in dates and dates["exp"] <= wanted.now:
        return "it has expired"
    if max(dates.get("nbf", 0), dates.get("iat", 0)) > wanted.now + max(_AHEAD, wanted.skew):
        return "it is not valid yet"
    return _window(dates, wanted.now) if wanted.dated else None


def _window(dates: Mapping[str, float], now: int) -> str | None:
    if "exp" not in dates or "nbf" not in dates:
        return "exp and nbf are necessary"
    if dates["nbf"] < now - _OLDEST or dates["exp"] - dates["nbf"] > _LONGEST_LIFE:
        return "it must be younger and live no longer than 60 minutes"
    return None


def _is_date(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def parameters(claims: Mapping[str, Any]) -> Params:
    """Return the authorization parameters among the claims as if they had been sent as a form."""
    return {name: values_of(name, claims[name]) for name in KNOWN if claims.get(name) is not None}


def values_of(name: str, value: Any) -> tuple[str, ...]:
    """Return a claim as the parameter it stands for; refuse another type with InvalidRequestObject."""
    kind = _STRUCTURED.get(name)
    if kind is not None and isinstance(value, kind):
        return (json.dumps(value, ensure_ascii=False, separators=(",", ":")),)
    if name == "resource" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if isinstance(value, str):
        return (value,)
    if isinstance(value, int) and not isinstance(value, bool):
        return (str(value),)
    raise InvalidRequestObject(f"{name} in the request object has the wrong type")


def known(params: Params) -> Params:
    """Return the parameters of an authorization request, without those of its transport."""
    if params.keys() <= KNOWN:
        return params
    return {name: values for name, values in params.items() if name in KNOWN}


def merge(outer: Params, inner: Params, *, alone: bool) -> Params:
    """Return the parameters that count: the object's, over those beside it (OIDC Core §6.1).

    `alone`: what stands beside a signed object is nobody's word (RFC 9101 §6.3).
    """
    _check_agreement(outer, inner)
    beside = {"client_id": outer["client_id"]} if alone else known(outer)
    return {**beside, **inner}


def _check_agreement(outer: Params, inner: Params) -> None:
    ours, theirs = outer.get("response_type", ()), inner.get("response_type", ())
    if len(ours) > 1:
        raise InvalidRequest("response_type is included more than once")
    if ours and theirs and set(ours[0].split(" ")) != set(theirs[0].split(" ")):
        raise InvalidRequestObject("response_type differs inside and outside the request object")
