"""The client registration endpoint (RFC 7591 §3, OIDC Registration §3)."""

from dataclasses import dataclass

from limen.credentials.rationing import Ration, count
from limen.endpoints.registration_document import RegistrationDocuments, answer, presented_token
from limen.errors import InvalidToken, RegistrationClosed
from limen.ports.registrar import Applicant, Registrar
from limen.ports.storage import Storage
from limen.ports.world import Clock
from limen.protocol.answer import Body
from limen.protocol.initial_access import find
from limen.protocol.message import Message
from limen.protocol.throttling import neighbourhood
from limen.tokens.digest import digest

_HOUR = 3_600
_REFUSAL = "too many clients were registered within an hour"
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
        await self._count(message, token_id)
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

    async def _count(self, message: Message, token_id: str | None) -> None:
        tenant, what = message.tenant, "register-token" if token_id else "register"
        ration = Ration(what, tenant.registration.hourly_limit, _HOUR, _REFUSAL)
        whose = token_id or neighbourhood(message.source)
        await count(self.storage, ration, tenant.tenant_id, whose, self.clock.now())
