"""One row of the table of URLs, and what a row declares about its endpoint (RFC 9110 §9)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from limen.protocol.message import Message

Endpoint = Callable[[Message], Awaitable[Any]]
Style = Literal["json", "bearer", "page"]
Cors = Literal["none", "open", "client"]
Takes = Literal["form", "json"]
Where = Literal["tenant", "root", "server"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A path with its methods and endpoint. A path may hold `{name}` for a segment.

    `style` says how refusals look, `cors` which origins' scripts may read the answer, `takes` what a body
    must be. `where`: under every tenant, at the host's root for the root tenant, or for the server itself.
    """

    path: str
    methods: tuple[str, ...]
    endpoint: Endpoint
    style: Style = "json"
    cors: Cors = "none"
    takes: Takes = "form"
    where: Where = "tenant"
    max_body: int = 65_536
    max_url: int = 8_192
    cross_site: bool = False  # forms of other sites may post here: authorization and end-session requests
    quiet: bool = False  # no line in the access log: static files, probes
