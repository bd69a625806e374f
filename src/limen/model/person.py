"""A person who signs in, and what is kept to limit guessing."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Person(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`sub` is immutable and never reused; `claims` are the attributes claims are read from."""

    tenant_id: str
    sub: str
    username: str
    password_hash: str | None = None
    enabled: bool = True
    user_code_hash: str | None = None  # what the person tells apps that ask by the back channel (CIBA)
    roles: tuple[str, ...] = ()  # administrative: administrator, auditor
    second_factor: bool = False  # bound to a second factor: the password grant refuses
    claims: Mapping[str, Any] = msgspec.field(default_factory=dict)
    not_before: int = 0  # sessions and tokens older than this second are dead
    created_at: int = 0
    updated_at: int = 0
    revision: int = 1


class Throttle(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Failures counted for one bucket (an account and device class, a source, a user-code page)."""

    tenant_id: str
    bucket: str
    failures: int
    first_at: int
    last_at: int
    expires_at: int
