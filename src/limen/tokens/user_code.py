"""User codes at rest: found by a keyed digest, since eight letters are few, or sealed (RFC 8628 §5.1)."""

from limen.ports.keys import Keys
from limen.tokens.digest import digest

_PURPOSE = "uc"


def user_code_digest(keys: Keys, tenant_id: str, user_code: str) -> str:
    """Return the digest under which a device code keeps its user code."""
    # A line break first: no pairwise subject is ever made of such a text.
    return digest(keys.pairwise(tenant_id, f"\nuser code\n{user_code}"))


def seal_user_code(keys: Keys, tenant_id: str, user_code: str) -> str:
    """Return the code for the journey to keep until its page shows it again."""
    return keys.seal(tenant_id, _PURPOSE, user_code.encode())


def open_user_code(keys: Keys, tenant_id: str, sealed: str) -> str:
    """Return what was sealed; nothing when it was not."""
    return (keys.open(tenant_id, _PURPOSE, sealed) or b"").decode()
