"""Records that expire and are found by the digest of a handle or by an id."""

from collections.abc import Mapping
from typing import Any

import msgspec

from limen.model.scope import Scope

Params = Mapping[str, tuple[str, ...]]


class Artifact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`digest` is SHA-256 (hex) of the handle the holder has; the handle itself is never stored."""

    tenant_id: str
    digest: str
    expires_at: int


class Interaction(Artifact, frozen=True, kw_only=True, gc=False):
    """One browser journey under way; `params` are the accepted request, so that it can start again."""

    client_id: str
    params: Params
    fresh_until: int  # after this the person starts again from the same request
    browser_digest: str  # of the cookie that ties it to one browser
    session_id: str | None = None
    account_chosen: bool = False
    consented: Scope | None = None  # decided in this interaction, None: not asked yet
    consented_by: str | None = None  # whose decision it was: another one may sign in before the answer leaves
    denied: bool = False
    pushed: str | None = None  # digest of the PAR entry to spend at completion
    device: str | None = None  # digest of the device code it confirms
    backchannel: str | None = None  # digest of the CIBA request it answers; empty: those that wait
    carried: bool = False  # only its handle has it so far: nobody did anything yet
    ended: bool = False  # nothing is left that could start again

    def consent_of(self, sub: str | None) -> Scope | None:
        """Return what this very person decided here."""
        return self.consented if sub is not None and sub == self.consented_by else None


class PushedRequest(Artifact, frozen=True, kw_only=True, gc=False):
    """RFC 9126: the pushed parameters of one client."""

    client_id: str
    params: Params


class DeviceCode(Artifact, frozen=True, kw_only=True, gc=False):
    """RFC 8628: waiting for a person. `status`: pending, approved, denied."""

    client_id: str
    user_code_digest: str
    scope: Scope
    interval: int
    resource: tuple[str, ...] = ()
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    status: str = "pending"
    grant_id: str | None = None
    polled_at: int = 0
    source: str = ""
    user_agent: str = ""
    created_at: int = 0
    binding: Mapping[str, str] = msgspec.field(default_factory=dict)


class BackchannelRequest(Artifact, frozen=True, kw_only=True, gc=False):
    """CIBA Core: waiting for a person on another device. `status`: pending, approved, denied."""

    client_id: str
    sub: str
    scope: Scope
    interval: int
    binding_message: str | None = None
    acr_values: tuple[str, ...] = ()
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    resource: tuple[str, ...] = ()
    notification_token: str | None = None  # sealed
    auth_req_id: str | None = None  # sealed, for ping and push
    status: str = "pending"
    grant_id: str | None = None
    polled_at: int = 0
    created_at: int = 0


class ReferenceToken(Artifact, frozen=True, kw_only=True, gc=False):
    """An access token kept as a row, for clients whose access_token_format is reference."""

    client_id: str
    grant_id: str | None
    body: str  # the same content a sealed token carries, base64


class SecretUse(Artifact, frozen=True, kw_only=True, gc=False):
    """When one of a client's secrets last proved it; it lives as long as the client."""

    client_id: str
    secret_id: str
    used_at: int


class SetupLink(Artifact, frozen=True, kw_only=True, gc=False):
    """A single-use link that makes the first administrator."""
