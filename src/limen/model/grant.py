"""The standing authorization that a person's codes and tokens hang from (grant_id)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from limen.model.scope import Scope


class Grant(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One person x client x session. Revoking it kills everything that came of it."""

    tenant_id: str
    grant_id: str
    client_id: str
    sub: str
    scope: Scope = Scope()
    session_id: str | None = None
    auth_time: int = 0
    amr: tuple[str, ...] = ()
    acr: str | None = None
    nonce: str | None = None
    claims: Mapping[str, Any] | None = None  # the claims parameter (OIDC Core §5.5)
    resource: tuple[str, ...] = ()
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    binding: Mapping[str, str] = msgspec.field(default_factory=dict)  # binding type -> bound reference
    generation: int = 0  # of its refresh token; 0 until the first rotation
    rotated_at: int = 0
    refresh_expires_at: int = 0
    created_at: int = 0
    expires_at: int = 0  # when the row may be swept
    revoked_at: int = 0
    revoked_by: str = ""
