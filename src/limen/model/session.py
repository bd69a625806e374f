"""A single sign-on session of one browser (OIDC Session Management)."""

import msgspec


class Session(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`session_id` is the `sid` of ID tokens; the cookie's handle is stored as `digest` only."""

    tenant_id: str
    session_id: str
    digest: str
    sub: str
    auth_time: int
    amr: tuple[str, ...] = ("pwd",)
    acr: str | None = None
    browser_state: str = ""  # the `opbs` of session_state
    created_at: int = 0
    last_seen: int = 0
    expires_at: int = 0
    user_agent: str = ""
