"""From a path to its route and tenant (RFC 8414 §3.1, OIDC Discovery §4.1, RFC 7033 §4).

Paths and tenant names are compared as they were sent, octet by octet: no decoding, no folding.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
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


class _Template(msgspec.Struct, frozen=True):
    """A path with arguments; `arguments` tells for each segment whether it is one."""

    path: str
    pattern: re.Pattern[str]
    arguments: tuple[bool, ...]
    methods: Methods


class Router:
    """Finds routes: whole paths in one look-up, the few with arguments among those that begin alike."""

    def __init__(self, routes: Iterable[Route], resolve_tenant: ResolveTenant) -> None:
        self._resolve = resolve_tenant
        self._exact: dict[str, Methods] = {}
        self._templates: dict[str, list[_Template]] = {}
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
        if route.where != "tenant":
            if prefix:
                raise Refused(404, "there is nothing here")
            if route.where == "server":
                return Match(route, NO_TENANT, prefix, local, args)
        tenant = await self._resolve(name)
        if tenant is None or tenant.name != name or not tenant.enabled:
            raise Refused(404, "there is nothing here")
        return Match(route, tenant, prefix, local, args)

    def _methods(self, path: str) -> tuple[Methods, Mapping[str, str]]:
        methods = self._exact.get(path)
        if methods is not None:
            return methods, _NO_ARGS
        for template in self._templates.get(_first(path), ()):
            if found := template.pattern.fullmatch(path):
                args = found.groupdict()
                if "%" in path:
                    args = {name: unquote(text, errors="strict") for name, text in args.items()}
                return template.methods, args
        raise Refused(404, "there is nothing here")

    def _place(self, path: str) -> Methods:
        """Return the place in the tables where a path's methods are kept."""
        if "{" not in path:
            return self._exact.setdefault(path, {})
        near = self._templates.setdefault(_first(path), [])
        for known in near:
            if known.path == path:
                return known.methods
        made = _template(path)
        near.append(made)
        near.sort(key=lambda each: each.arguments)  # a literal before an argument
        return made.methods

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


def _first(path: str) -> str:
    return path[1:].partition("/")[0]


def _template(path: str) -> _Template:
    """Read a path whose first segment is a literal."""
    segments = path.split("/")[1:]
    arguments = tuple(segment.startswith("{") for segment in segments)
    if arguments[0]:
        raise ValueError(f"{path} does not begin with a word of its own")
    pattern = "".join(
        f"/(?P<{segment[1:-1]}>[^/]+)" if is_argument else f"/{re.escape(segment)}"
        for segment, is_argument in zip(segments, arguments, strict=True)
    )
    return _Template(path, re.compile(pattern), arguments, {})


def _instead(method: str, methods: Methods) -> Route:
    """Return the route a preflight asks about; Refused with 405 for any other unexpected method."""
    shared = next((route for route in methods.values() if route.cors != "none"), None)
    if method == "OPTIONS" and shared is not None:
        return shared
    raise Refused(405, "the method is not allowed here", allow=", ".join(sorted(methods)))
