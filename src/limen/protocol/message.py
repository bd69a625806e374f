"""One incoming request, stripped of its transport (RFC 9110 as far as the rooms need it)."""

from collections.abc import Mapping

import msgspec

from limen.model.tenant import Tenant

Params = Mapping[str, tuple[str, ...]]
NOTHING: Params = {}


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a room may know of an HTTP request.

    `params` are the form's for POST and the query's otherwise; `query` is the query string's.
    `url` is the public URL of the endpoint without query, `base` that of the tenant.
    `cookies` carry logical names (session, interaction, binding …), never the tenant's suffix.
    `source` is the peer's address after trusted proxies.
    """

    method: str
    path: str
    url: str
    base: str
    tenant: Tenant
    params: Params = NOTHING
    query: Params = NOTHING
    headers: Mapping[str, str] = {}
    cookies: Mapping[str, str] = {}
    body: bytes = b""
    certificate: bytes | None = None
    source: str = ""
    request_id: str = ""
    args: Mapping[str, str] = {}

    @property
    def authorization(self) -> str | None:
        """The Authorization header, if any."""
        return self.headers.get("authorization")

    def one(self, name: str) -> str | None:
        """Return the parameter's single value, or None when it is missing, empty or repeated."""
        sent = self.params.get(name, ())
        return sent[0] or None if len(sent) == 1 else None
