"""What a software statement may say, and what of it counts (RFC 7591 §2.3, §3.1.1)."""

from collections.abc import Mapping
from typing import Any

from limen.model.tenant import Tenant, TrustedIssuer
from limen.protocol.assertion import LEEWAY, is_date

TYPES = (None, "JWT", "software-statement+jwt")
# About the statement itself, not about the software (RFC 7519 §4.1).
_ABOUT = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "software_statement"})


def refusal(claims: Mapping[str, Any], by: TrustedIssuer, tenant: Tenant, now: int) -> str | None:
    """Return why an authentic statement does not count, or None."""
    if claims.get("iss") != by.issuer:
        return "iss is not the issuer"
    audience = claims.get("aud")
    if audience is not None and (by.audience or tenant.issuer) not in _listed(audience):
        return "aud does not contain this issuer"
    dates = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if not all(is_date(value) for value in dates.values()):
        return "exp, nbf and iat must be numbers"
    if "exp" in dates and dates["exp"] <= now - LEEWAY:
        return "it has expired"
    if any(dates.get(name, now) > now + LEEWAY for name in ("nbf", "iat")):
        return "it is not valid yet"
    return None


def stated(document: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata that count: what the statement says goes before what the client says."""
    return {**document, **{name: value for name, value in claims.items() if name not in _ABOUT}}


def _listed(audience: object) -> list[object]:
    return audience if isinstance(audience, list) else [audience]
