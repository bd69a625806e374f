"""The client registration endpoint (RFC 7591 §3, OIDC Registration §3)."""

from dataclasses import dataclass

from limen.endpoints.registration_document import RegistrationDocuments, answer, presented_token
from limen.errors import InvalidToken, RegistrationClosed, TooManyRequests
from limen.ports.registrar import Applicant, Registrar
from limen.ports.storage import Count, Storage
from limen.ports.world import Clock
from limen.protocol.answer import Body
from limen.protocol.initial_access import find
from limen.protocol.message import Message
from limen.protocol.throttling import neighbourhood
from limen.tokens.digest import digest

_HOUR = 3_600
_CREATED = 201


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationEndpoint:
    """Who may register is the tenant's decision: nobody, holders of a token or of a statement, anybody."""

    storage: Storage
    documents: RegistrationDocuments
    registrar: Registrar
    clock: Clock

    async def __call__(self, message: Message) -> Body:
        """Register a client."""
        mode = message.tenant.registration.mode
        if mode == "closed":
            raise RegistrationClosed("nobody can register here")
        token_id = self._token_id(message) if mode == "token" else None
        await self._count(
            message, f"register-token:{token_id}" if token_id else f"register:{neighbourhood(message.source)}"
        )
        document = await self.documents.read(message)
        by = Applicant(request_id=message.request_id, token_id=token_id)
        registered = await self.registrar.register(message.tenant, document, by)
        token = registered.registration_access_token
        return answer(registered, message, token.reveal() if token else "", status=_CREATED)

    def _token_id(self, message: Message) -> str:
        token = presented_token(message)
        access = find(message.tenant.registration, digest(token), self.clock.now())
        if access is None:
            raise InvalidToken("the initial access token is unknown, expired or used up")
        return access.token_id

    async def _count(self, message: Message, bucket: str) -> None:
        """Count first, then judge, so that many requests at once are no way around the limit."""
        tenant, now = message.tenant, self.clock.now()
        await self.storage.commit(Count(tenant_id=tenant.tenant_id, bucket=bucket, now=now, window=_HOUR))
        counted = await self.storage.throttle(tenant.tenant_id, bucket)
        if counted is not None and counted.failures > tenant.registration.hourly_limit:
            wait = max(1, counted.expires_at - now)
            raise TooManyRequests("too many clients were registered within an hour", retry_after=wait)
