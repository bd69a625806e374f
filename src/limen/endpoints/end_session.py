"""The end session endpoint (OIDC RP-Initiated Logout 1.0)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from limen.audit import Audit
from limen.endpoints.sessions import Sessions
from limen.errors import ForeignForm, InvalidRequest
from limen.model.client import Client
from limen.model.person import Person
from limen.model.session import Session
from limen.model.tenant import Tenant
from limen.ports.storage import Change, Remove, Revoke, Storage
from limen.ports.world import Clock, Entropy
from limen.protocol.algorithms import HMAC_ALGS
from limen.protocol.answer import Cookie, Go, Page
from limen.protocol.logout import may_return_to
from limen.protocol.message import Message
from limen.protocol.params import read
from limen.protocol.policy import Policies
from limen.tokens.digest import digest, is_same
from limen.tokens.id_token_hint import IdTokenHints

_GONE = (Cookie(name="session", value=""), Cookie(name="browser_state", value="", readable=True))


class EndSessionRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """OIDC RP-Initiated Logout §2."""

    id_token_hint: str | None = None
    logout_hint: str | None = None
    client_id: str | None = None
    post_logout_redirect_uri: str | None = None
    state: str | None = None
    ui_locales: str | None = None


class Leaving(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the request asks for, as far as it is proven."""

    client: Client | None
    hinted_sub: str | None
    hinted_sid: str | None
    return_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSessionEndpoint:
    """A valid hint signs out at once; without one the person is asked, so that no image can do it."""

    storage: Storage
    sessions: Sessions
    hints: IdTokenHints
    policies: Policies
    clock: Clock
    entropy: Entropy

    async def __call__(self, message: Message) -> Page | Go:
        """Sign out, ask, or say that nobody is signed in."""
        request = read(EndSessionRequest, message.params)
        leaving = await self._leaving(message.tenant, request)
        handle = message.cookies.get("session")
        if handle is None and message.method == "POST":
            # A form of another site comes without our cookie (SameSite=Lax). Who is there shows by GET.
            return Go(location=f"{message.url}?{urlencode(_told(request))}")
        found = await self.sessions.of(message.tenant, handle)
        if found is None or handle is None:
            # Where no cookie came, as to an image elsewhere, there is none to take away.
            return self._left(leaving, _GONE if handle is not None else ())
        session, person = found
        if leaving.hinted_sub == person.sub or leaving.hinted_sid == session.session_id:
            return await self._end(message, session, leaving)
        token = digest(f"{handle}.sign_out")
        if message.method == "POST" and message.one("form_token") is not None:
            return await self._decided(message, session, leaving, token)
        return self._ask(message, request, person, leaving, token)

    async def _decided(self, message: Message, session: Session, leaving: Leaving, token: str) -> Page | Go:
        if not is_same(token, message.one("form_token") or ""):
            raise ForeignForm("the form was not sent from our own page", page_code="cross_site")
        if message.one("sign_out"):
            return await self._end(message, session, leaving)
        if leaving.return_to is None:
            return Page(name="home", facts={})
        refusal = urlencode({"error": "access_denied", "error_description": "the person did not sign out"})
        return Go(location=f"{leaving.return_to}{'&' if '?' in leaving.return_to else '?'}{refusal}")

    async def _leaving(self, tenant: Tenant, request: EndSessionRequest) -> Leaving:
        hint = await self._hint(tenant, request)
        audience = hint.get("azp") or hint.get("aud")
        client_id = request.client_id or (audience if isinstance(audience, str) else None)
        if hint and request.client_id and request.client_id not in _listed(hint.get("aud")):
            raise InvalidRequest("client_id differs from the audience of id_token_hint")
        client = await self.storage.client(tenant.tenant_id, client_id) if client_id else None
        if request.client_id and client is None:
            raise InvalidRequest("client_id is unknown", page_code="unknown_client")
        return_to = None
        if request.post_logout_redirect_uri is not None:
            if client is None or not may_return_to(request.post_logout_redirect_uri, client):
                raise InvalidRequest(
                    "post_logout_redirect_uri is not registered for this client", page_code="redirect_uri"
                )
            # Nobody is led to an application that was disabled; who leaves it is signed out all the same.
            if client.enabled:
                return_to = _with_state(request.post_logout_redirect_uri, request.state)
        # A client keys its MACs itself: what it says of a session counts only where it knows the session.
        is_made = client is not None and client.id_token_signed_response_alg in HMAC_ALGS
        sub, sid = None if is_made else hint.get("sub"), hint.get("sid")
        return Leaving(client=client, hinted_sub=sub, hinted_sid=sid, return_to=return_to)

    async def _hint(self, tenant: Tenant, request: EndSessionRequest) -> dict[str, Any]:
        """Read the hint; one with a MAC or encrypted to us is the client's that it names."""
        token = request.id_token_hint
        if token is None:
            return {}
        client_id = request.client_id or self.hints.audience(token)
        client = await self.storage.client(tenant.tenant_id, client_id) if client_id else None
        claims = self.hints.read(tenant, client, token)
        if claims is None:
            raise InvalidRequest("id_token_hint is not an ID token of this issuer")
        return claims

    async def _end(self, message: Message, session: Session, leaving: Leaving) -> Page | Go:
        changes = [
            Remove(session),
            *await self._revocations(message.tenant, session),
            Audit(self.clock, self.entropy).of_person("session.ended", message, session.sub),
        ]
        await self.storage.commit(*changes)
        return self._left(leaving, _GONE)

    async def _revocations(self, tenant: Tenant, session: Session) -> list[Change]:
        """End the tokens of clients that want it so, and those bound to the session."""
        now, revoked = self.clock.now(), []
        for grant in await self.storage.grants(tenant.tenant_id, session_id=session.session_id):
            client = await self.storage.client(tenant.tenant_id, grant.client_id)
            wanted = client is None or self.policies.of(tenant, client).revoke_tokens_on_logout
            if wanted or "sso-session" in grant.binding:
                revoked.append(
                    Revoke(tenant_id=tenant.tenant_id, now=now, reason="signed out", grant_id=grant.grant_id)
                )
        return list(revoked)

    def _ask(
        self, message: Message, request: EndSessionRequest, person: Person, leaving: Leaving, token: str
    ) -> Page:
        asked = {
            "client_id": leaving.client.client_id if leaving.client else None,
            "post_logout_redirect_uri": request.post_logout_redirect_uri,
            "state": request.state,
        }
        facts = {
            "action": message.url,
            "sent": {name: value for name, value in asked.items() if value is not None},
            "form_token": token,
            "person": {
                "name": str(person.claims.get("name") or person.username),
                "username": person.username,
            },
            "client": leaving.client,
        }
        return Page(name="sign_out", facts=facts)

    def _left(self, leaving: Leaving, gone: tuple[Cookie, ...]) -> Page | Go:
        if leaving.return_to is not None:
            return Go(location=leaving.return_to, cookies=gone)
        return Page(name="signed_out", facts={}, cookies=gone)


def _told(request: EndSessionRequest) -> dict[str, str]:
    return {name: value for name, value in msgspec.structs.asdict(request).items() if value is not None}


def _listed(audience: object) -> list[object]:
    return audience if isinstance(audience, list) else [audience]


def _with_state(uri: str, state: str | None) -> str:
    if state is None:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': state})}"
