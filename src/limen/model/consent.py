"""What a person agreed that a client may have."""

from collections.abc import Mapping
from typing import Any

import msgspec

from limen.model.scope import Scope


class Consent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Remembered until `expires_at` (0: until withdrawn)."""

    tenant_id: str
    sub: str
    client_id: str
    scope: Scope = Scope()
    claims: tuple[str, ...] = ()
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    granted_at: int = 0
    expires_at: int = 0
