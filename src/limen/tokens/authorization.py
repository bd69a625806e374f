"""What a grant proves: the whole input of the issuer (RFC 6749 §1.3)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from limen.model.client import Client
from limen.model.grant import Grant
from limen.model.person import Person
from limen.model.scope import Scope
from limen.model.tenant import Tenant
from limen.ports.storage import Change
from limen.protocol.policy import Policy


class Call(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One token request under way: who asks, under which policy, and when. Additions need an ADR."""

    tenant: Tenant
    client: Client
    policy: Policy
    now: int
    binding: Mapping[str, str] = {}  # what the request proves: type -> reference


class Authorization(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who let whom do what. `changes` commit together with the tokens."""

    sub: str
    scope: Scope
    less_scope: bool = False  # than asked for, which must be told even when nothing is left (RFC 6749 §3.3)
    grant: Grant | None = None  # None: the client acts for itself
    person: Person | None = None
    changes: tuple[Change, ...] = ()
    refresh_token: str | None = None  # the token presented, when it stays valid
    refresh: bool = False  # a refresh token may be issued
    id_token: bool = False
    nonce: str | None = None
    code: str | None = None  # for c_hash
    state: str | None = None  # for s_hash
    auth_req_id: str | None = None  # pushed to a client (CIBA Core §10.3.1)
    audience: tuple[str, ...] = ()
    act: Mapping[str, Any] | None = None
    expires_at: int = 0  # never outlive this; 0: no bound
    binding: Mapping[str, str] = {}
    must_prove: Mapping[str, str] = {}  # bound before: type -> reference
    issued_token_type: str | None = None
    authorization_details: tuple[Mapping[str, Any], ...] = ()
