"""From a path to its route and tenant (RFC 8414 §3.1, OIDC Discovery §4.1, RFC 7033 §4).

Paths and tenant names are compared as they were sent, octet by octet: no decoding, no folding.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from limen.http.refused import Refused
from limen.http.route import Route
from limen.model.tenant import Tenant

ResolveTenant = Callable[[str], Awaitable[Tenant | None]]
Methods = dict[str, Route]

NO_TENANT = Tenant(tenant_id="", name="", issuer="")
_NO_ARGS: Mapping[str, str] = {}
_TENANT = "/t/"
_DISCOVERY = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
# Issuers of the compatibility form end so; clients append or insert the well-known part accordingly.
_ISSUER_PATHS = ("/oauth2/token", "/oauth2/oidcdiscovery")


class Match(msgspec.Struct, frozen=True, gc=False):
    """Where a request goes: `prefix` is the tenant's part of the path, `path` the rest."""

    route: Route
    tenant: Tenant
    prefix: str
    path: str
    args: Mapping[str, str]


class Router:
    """Finds routes: whole paths in one look-up, the few with arguments by segments."""

    def __init__(self, routes: Iterable[Route], resolve_tenant: ResolveTenant) -> None:
        self._resolve = resolve_tenant
        self._exact: dict[str, Methods] = {}
        self._tree: dict[str, Any] = {}
        for route in routes:
            methods = self._place(route.path)
            for method in route.methods:
                if method in methods:
                    raise ValueError(f"{method} {route.path} has two routes")
                methods[method] = route
            if "GET" in methods:
                methods.setdefault("HEAD", methods["GET"])
        self._add_aliases()

    async def find(self, method: str, path: str) -> Match:
        """Return where the request goes; Refused with 404 or 405."""
        name, prefix, local, args = "", "", path, _NO_ARGS
        methods = self._exact.get(path)
        if methods is None:
            name, prefix, local = _split(path)
            methods, args = self._methods(local)
        route = methods.get(method) or _instead(method, methods)
        if route.where == "server" and not prefix:
            return Match(route, NO_TENANT, prefix, local, args)
        if route.where != "tenant" and prefix:
            raise Refused(404, "there is nothing here")
        tenant = await self._resolve(name)
        if tenant is None or tenant.name != name or not tenant.enabled:
            raise Refused(404, "there is nothing here")
        return Match(route, tenant, prefix, local, args)

    def _methods(self, path: str) -> tuple[Methods, Mapping[str, str]]:
        methods = self._exact.get(path)
        if methods is not None:
            return methods, _NO_ARGS
        args: dict[str, str] = {}
        methods = _walk(self._tree, path.split("/")[1:], args)
        if methods is None:
            raise Refused(404, "there is nothing here")
        return methods, args

    def _place(self, path: str) -> Methods:
        """Return the place in the tables where a path's methods are kept."""
        if "{" not in path:
            return self._exact.setdefault(path, {})
        node = self._tree
        for segment in path.split("/")[1:]:
            node = node.setdefault(segment, {})
        methods: Methods = node.setdefault("", {})
        return methods

    def _add_aliases(self) -> None:
        for document in _DISCOVERY:
            if methods := self._exact.get(document):
                for issuer in _ISSUER_PATHS:
                    self._exact.setdefault(issuer + document, methods)
                    self._exact.setdefault(document + issuer, methods)


def _split(path: str) -> tuple[str, str, str]:
    """Return the tenant's name, the tenant's part of the path, and the rest."""
    if path.startswith(_TENANT):
        name, slash, rest = path[len(_TENANT) :].partition("/")
        if not name:
            raise Refused(404, "there is nothing here")
        # People type an issuer without the last slash, and the root tenant has none to type.
        return name, _TENANT + name, slash + rest or "/"
    for document in _DISCOVERY:
        # RFC 8414 §3.1: the well-known part stands between the host and the issuer's path.
        if path.startswith(document + _TENANT):
            name, slash, rest = path[len(document) + len(_TENANT) :].partition("/")
            if name and (not slash or slash + rest in _ISSUER_PATHS):
                return name, _TENANT + name, document
    return "", "", path


def _walk(node: dict[str, Any], segments: list[str], args: dict[str, str]) -> Methods | None:
    """Follow `segments` down the tree: a literal before an argument, an argument before the rest."""
    if not segments:
        return node.get("")
    head, rest = segments[0], segments[1:]
    if head and head[0] != "{" and head in node and (found := _walk(node[head], rest, args)) is not None:
        return found
    for key, below in node.items():
        if key[:1] != "{":
            continue
        if key.endswith("*}"):
            args[key[1:-2]] = unquote("/".join(segments), errors="strict")
            return below.get("")  # type: ignore[no-any-return]
        if head and (found := _walk(below, rest, args)) is not None:
            args[key[1:-1]] = unquote(head, errors="strict")
            return found
    return None


def _instead(method: str, methods: Methods) -> Route:
    """Return the route a preflight asks about; Refused with 405 for any other unexpected method."""
    shared = next((route for route in methods.values() if route.cors != "none"), None)
    if method == "OPTIONS" and shared is not None:
        return shared
    raise Refused(405, "the method is not allowed here", allow=", ".join(sorted(methods)))
