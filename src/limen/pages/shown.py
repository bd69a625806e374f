"""Applications and people as a page may show them (OIDC Registration §2, OIDC Core §16.11)."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import msgspec

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class App(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An application: its name, and only such addresses as are safe to link to."""

    name: str
    initial: str
    redirect_host: str
    logo_uri: str | None
    client_uri: str | None
    policy_uri: str | None
    tos_uri: str | None


class Somebody(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A person: what to call them, what they sign in with, and the letter of their badge."""

    name: str
    username: str
    initial: str


def app(client: Any, language: str) -> App | None:
    """Show a client, which is a record or a mapping."""
    if client is None:
        return None
    told = _reader(client)
    names: Mapping[str, str] = told("client_names") or {}
    name = names.get(language) or told("client_name") or told("client_id") or ""
    host = told("redirect_host") or _host(told("redirect_uris") or ())
    return _app(
        name,
        host,
        told("logo_uri"),
        told("client_uri"),
        policy_uri=told("policy_uri"),
        tos_uri=told("tos_uri"),
    )


@lru_cache(maxsize=512)
def _app(
    name: str,
    redirect_host: str,
    logo_uri: str | None,
    client_uri: str | None,
    *,
    policy_uri: str | None,
    tos_uri: str | None,
) -> App:
    return App(
        name=name,
        initial=_initial(name),
        redirect_host=redirect_host,
        logo_uri=link(logo_uri),
        client_uri=link(client_uri),
        policy_uri=link(policy_uri),
        tos_uri=link(tos_uri),
    )


def logo(client: Any) -> str | None:
    """Return the address of a client's logo, as `app` shows it."""
    return None if client is None else registered(_reader(client)("logo_uri"))


def somebody(person: Any) -> Somebody | None:
    """Show a person, who is a record or a mapping."""
    if person is None:
        return None
    told = _reader(person)
    claims: Mapping[str, Any] = told("claims") or {}
    username = str(told("username") or "")
    name = str(told("name") or claims.get("name") or username)
    return Somebody(name=name, username=username, initial=_initial(name))


def link(uri: str | None) -> str | None:
    """Return `uri` when a browser may follow it: https, or http to this machine."""
    if not uri:
        return None
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    return uri if is_safe and host else None


@lru_cache(maxsize=512)
def registered(uri: str | None) -> str | None:
    """Return `link(uri)` for what somebody registered: it comes with every page and tells of no request."""
    return link(uri)


def _host(redirect_uris: Iterable[str]) -> str:
    """Return the host people come back to, where it is certain: all redirect_uris share it."""
    hosts = {urlsplit(uri).hostname or "" for uri in redirect_uris}
    return hosts.pop() if len(hosts) == 1 else ""


def _initial(name: str) -> str:
    return next((letter for letter in name if letter.isalnum()), "?").upper()


def _reader(thing: Any) -> Callable[[str], Any]:
    """Return what reads a mapping's items or a record's fields, None for those it has not."""
    return thing.get if isinstance(thing, Mapping) else lambda name: getattr(thing, name, None)
