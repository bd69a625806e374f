"""Applications and people as a page may show them (OIDC Registration §2, OIDC Core §16.11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An application: its name, and only such addresses as are safe to link to."""

    name: str
    initial: str
    redirect_host: str
    logo_uri: str | None
    client_uri: str | None
    policy_uri: str | None
    tos_uri: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person: what to call them, what they sign in with, and the letter of their badge."""

    name: str
    username: str
    initial: str


def app(client: Any, language: str) -> App | None:
    """Show a client, which is a record or a mapping."""
    if client is None:
        return None
    names: Mapping[str, str] = _of(client, "client_names") or {}
    name = names.get(language) or _of(client, "client_name") or _of(client, "client_id") or ""
    return App(
        name=name,
        initial=_initial(name),
        redirect_host=_of(client, "redirect_host") or _host(client),
        logo_uri=link(_of(client, "logo_uri")),
        client_uri=link(_of(client, "client_uri")),
        policy_uri=link(_of(client, "policy_uri")),
        tos_uri=link(_of(client, "tos_uri")),
    )


def somebody(person: Any) -> Somebody | None:
    """Show a person, who is a record or a mapping."""
    if person is None:
        return None
    claims: Mapping[str, Any] = _of(person, "claims") or {}
    username = str(_of(person, "username") or "")
    name = str(_of(person, "name") or claims.get("name") or username)
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


def _host(client: Any) -> str:
    """Return the host people come back to, where it is certain: all redirect_uris share it."""
    hosts = {urlsplit(uri).hostname or "" for uri in _of(client, "redirect_uris") or ()}
    return hosts.pop() if len(hosts) == 1 else ""


def _initial(name: str) -> str:
    return next((letter for letter in name if letter.isalnum()), "?").upper()


def _of(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
