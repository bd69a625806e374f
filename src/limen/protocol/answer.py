"""What an endpoint answers: to a client, a browser, or by sending a person to a step (RFC 6749 §4.1.2)."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Cookie(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A cookie by its logical name; an empty value removes it. `lifetime` 0: until the browser closes."""

    name: str
    value: str
    lifetime: int = 0
    readable: bool = False  # by script, and sent cross-site: the browser state of check_session_iframe


class Target(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A proven place to answer a client's authorization request at."""

    redirect_uri: str
    response_mode: str
    state: str | None
    client_id: str
    issuer: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An authorization response for `target`; `state` and `iss` are among `params` already.

    `response` is the JWT of JARM when the response mode asks for one; then it travels alone.
    """

    target: Target
    params: Mapping[str, str]
    cookies: tuple[Cookie, ...] = ()


class Ask(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Send the browser to a step of its interaction."""

    interaction: str
    step: str
    cookies: tuple[Cookie, ...] = ()


class Go(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Send the browser (303) to a URL of ours or to one that was proven before."""

    location: str
    cookies: tuple[Cookie, ...] = ()


class Page(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Show a page: the template's name, its facts, and what the response needs besides."""

    name: str
    facts: Mapping[str, Any] = msgspec.field(default_factory=dict)
    status: int = 200
    cookies: tuple[Cookie, ...] = ()
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


class Body(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A ready answer to a program: bytes with their media type."""

    content: bytes
    media_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
