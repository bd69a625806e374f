"""Initial access tokens: who may register a client at all (RFC 7591 §3)."""

import hmac

from msgspec import structs

from limen.errors import InvalidClientMetadata
from limen.model.tenant import InitialAccess, Registration
from limen.protocol.registered_values import DEVICE_CODE

# What a person lets a client have in a browser. Anything else is the client's own power, or a way to people
# who did not come to it: nobody gets that for the asking.
_PERSONAL = frozenset({"authorization_code", "refresh_token", "implicit", DEVICE_CODE})
_VOUCHED = frozenset({"token", "statement"})


def check_grants(registration: Registration, wanted: frozenset[str], held: frozenset[str]) -> None:
    """Refuse grants beyond those `held` that need somebody to vouch for the client."""
    excess = wanted - held - _PERSONAL
    if excess and registration.mode not in _VOUCHED:
        raise InvalidClientMetadata(f"whoever registers without being known may not use {min(excess)}")


def find(registration: Registration, digest: str, now: int) -> InitialAccess | None:
    """Return the living token with this digest, or None."""
    found = [t for t in registration.initial_access if hmac.compare_digest(t.digest, digest)]
    return next((t for t in found if is_live(t, now)), None)


def is_live(token: InitialAccess, now: int) -> bool:
    """Tell whether the token may still be used."""
    return not 0 < token.expires_at <= now and (token.remaining is None or token.remaining > 0)


def spend(registration: Registration, token_id: str, now: int) -> Registration | None:
    """Return the registration with one use of the token gone; None when it has none left."""
    token = next((t for t in registration.initial_access if t.token_id == token_id), None)
    if token is None or not is_live(token, now):
        return None
    if token.remaining is None:
        return registration
    others = tuple(t for t in registration.initial_access if t.token_id != token_id)
    left = structs.replace(token, remaining=token.remaining - 1)
    return structs.replace(registration, initial_access=(*others, left))
