"""WebFinger: from a person's address to the issuer (RFC 7033, OIDC Discovery §2)."""

from dataclasses import dataclass

import msgspec
import orjson

from limen.client_auth.authenticate import Authenticate
from limen.endpoints.committing import refusal_of
from limen.errors import InvalidClient, InvalidRequest
from limen.model.tenant import Tenant
from limen.ports.storage import Storage
from limen.protocol.answer import Body
from limen.protocol.message import NOTHING, Message
from limen.protocol.webfinger import ISSUER_REL, tenant_of

_HEADERS = {"Cache-Control": "public, max-age=300"}


@dataclass(frozen=True, slots=True)
class WebfingerEndpoint:
    """Answers alike for every account of a tenant, existing or not."""

    storage: Storage
    authenticate: Authenticate

    async def __call__(self, message: Message) -> Body:
        """Return the JRD of a resource, 404 for one that is not ours."""
        resource = message.query.get("resource", ())
        if len(resource) != 1 or not resource[0]:
            raise InvalidRequest("resource must be given once")
        name = tenant_of(resource[0], message.base)
        tenant = await self.storage.tenant(name) if name is not None else None
        if tenant is None or not tenant.enabled:
            return Body(content=b"{}", media_type="application/jrd+json", status=404, headers=_HEADERS)
        if tenant.webfinger_requires_auth:
            await self._known(message, tenant)
        wanted = message.query.get("rel", ())
        links = [{"rel": ISSUER_REL, "href": tenant.issuer}] if not wanted or ISSUER_REL in wanted else []
        document = orjson.dumps({"subject": resource[0], "links": links})
        return Body(content=document, media_type="application/jrd+json", headers=_HEADERS)

    async def _known(self, message: Message, tenant: Tenant) -> None:
        """Answer the tenant's own applications alone; they prove themselves by HTTP Basic."""
        scheme = (message.authorization or "").partition(" ")[0]
        if scheme.lower() != "basic":
            raise InvalidClient("this tenant tells its applications alone")
        by = await self.authenticate(msgspec.structs.replace(message, tenant=tenant, params=NOTHING))
        if by.changes and (lost := await self.storage.commit(*by.changes)) is not None:
            raise refusal_of(lost)
