"""Refresh tokens: a sealed reference to a grant and one generation of it (RFC 6749 §1.5, RFC 9700 §4.14)."""

from dataclasses import dataclass

import msgspec
from msgspec import structs

from limen.model.grant import Grant
from limen.model.scope import Scope
from limen.ports.keys import Keys
from limen.ports.storage import KEPT_SECONDS
from limen.tokens.authorization import Call

PURPOSE = "rt"


class RefreshContent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a refresh token says."""

    grant_id: str
    client_id: str
    generation: int
    issued_at: int
    expires_at: int


_decoder = msgspec.msgpack.Decoder(RefreshContent)


@dataclass(frozen=True, slots=True)
class RefreshTokens:
    """Seals deterministically: one generation of a grant is one string, however often it is asked for."""

    keys: Keys

    def write(self, grant: Grant, *, generation: int, issued_at: int, expires_at: int) -> str:
        """Return the token of this generation."""
        content = RefreshContent(grant.grant_id, grant.client_id, generation, issued_at, expires_at)
        packed = msgspec.msgpack.encode(content)
        return self.keys.seal(grant.tenant_id, PURPOSE, packed, again=b"refresh")

    def read(self, tenant_id: str, token: str) -> RefreshContent | None:
        """Return what an authentic token says, or None."""
        packed = self.keys.open(tenant_id, PURPOSE, token)
        return _decoder.decode(packed) if packed is not None else None

    def first(self, grant: Grant, call: Call) -> tuple[Grant, str | None]:
        """Return the grant with its first refresh token, None when the client gets none."""
        deadline = _first_deadline(call, grant, session_ends=0)
        if not deadline:
            return grant, None
        grant = structs.replace(
            grant, refresh_expires_at=deadline, expires_at=max(grant.expires_at, _row_end(deadline, call))
        )
        return grant, self.write(grant, generation=0, issued_at=call.now, expires_at=deadline)

    def redeemed(self, grant: Grant, call: Call, *, session_ends: int = 0) -> tuple[Grant, str | None]:
        """As `first`, for a grant that waited: bound to what is proven now, kept while its tokens live."""
        deadline = _first_deadline(call, grant, session_ends=session_ends)
        grant = structs.replace(
            grant,
            binding={**grant.binding, **call.binding},
            rotated_at=call.now,
            refresh_expires_at=deadline or grant.refresh_expires_at,
            expires_at=max(grant.expires_at, _row_end(max(call.now, deadline), call)),
        )
        if not deadline:
            return grant, None
        return grant, self.write(grant, generation=0, issued_at=call.now, expires_at=deadline)


def row_end(grant: Grant, deadline: int) -> int:
    """Return until when the grant's row is kept once its refresh token dies at `deadline` (see `Rotate`)."""
    return deadline + KEPT_SECONDS if 0 < grant.expires_at < deadline else grant.expires_at


def _row_end(last_use: int, call: Call) -> int:
    """The access token of the refresh token's last second hangs from the row, too."""
    return last_use + call.policy.access_token_lifetime


def _first_deadline(call: Call, grant: Grant, *, session_ends: int) -> int:
    """Return when the grant's first refresh token dies; 0 when the client gets none."""
    if not may_refresh(call, grant.scope):
        return 0
    return refresh_deadline(call, grant, session_ends=session_ends, first=True)


def may_refresh(call: Call, scope: Scope) -> bool:
    """Tell whether the client gets a refresh token for this grant (OIDC Core §11)."""
    if "refresh_token" not in call.client.grant_types:
        return False
    return "offline_access" in scope or not call.policy.require_offline_access


def refresh_deadline(call: Call, grant: Grant, *, session_ends: int, first: bool) -> int:
    """Return when a refresh token issued now dies.

    A renewed token gets a full life or keeps the first deadline; without offline_access it never
    outlives the session.
    """
    if first or call.policy.extend_renewed_refresh_token:
        deadline = call.now + call.policy.refresh_token_lifetime
    else:
        deadline = grant.refresh_expires_at
    if session_ends and "offline_access" not in grant.scope:
        return min(deadline, session_ends)
    return deadline
