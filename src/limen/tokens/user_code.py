"""Where a user code is found: by a keyed digest, since eight letters are few (RFC 8628 §5.1)."""

from limen.ports.keys import Keys
from limen.tokens.digest import digest


def user_code_digest(keys: Keys, tenant_id: str, user_code: str) -> str:
    """Return the digest under which a device code keeps its user code."""
    # A line break first: no pairwise subject is ever made of such a text.
    return digest(keys.pairwise(tenant_id, f"\nuser code\n{user_code}"))
