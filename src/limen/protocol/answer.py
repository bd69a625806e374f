"""What an endpoint answers: to a client, a browser, or by sending a person to a step (RFC 6749 §4.1.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from limen.errors import ErrorToClient, OAuthError


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie by its logical name; an empty value removes it. `lifetime` 0: until the browser closes."""

    name: str
    value: str
    lifetime: int = 0
    readable: bool = False  # by script, and sent cross-site: the browser state of check_session_iframe


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A proven place to answer a client's authorization request at."""

    redirect_uri: str
    response_mode: str
    state: str | None
    client_id: str
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An authorization response for `target`; `state` and `iss` are among `params` already.

    `response` is the JWT of JARM when the response mode asks for one; then it travels alone.
    """

    target: Target
    params: Mapping[str, str]
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Send the browser to a step of its interaction."""

    interaction: str
    step: str
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """Send the browser (303) to a URL of ours or to one that was proven before."""

    location: str
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Show a page: the template's name, its facts, and what the response needs besides."""

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    cookies: tuple[Cookie, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A ready answer to a program: bytes with their media type."""

    content: bytes
    media_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


__all__ = ["Answer", "Ask", "Body", "Cookie", "ErrorToClient", "Go", "OAuthError", "Page", "Target"]
