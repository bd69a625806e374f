"""The demonstration application: sign in, show the tokens, refresh them, sign out (OIDC Core §3.1, §12)."""

import dataclasses
import hmac
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from limen.demo.cast import CALLBACK, CLIENT_ID, RESULT, START
from limen.demo.explained import rows
from limen.demo.id_token import check
from limen.demo.provider import NotDone, Provider, Timed
from limen.demo.visit import Happened, Tokens, Visit, Visits
from limen.ports.world import Clock, Entropy
from limen.protocol.answer import Cookie, Go, Page
from limen.protocol.message import Message
from limen.protocol.pkce import challenge_s256

COOKIE = "demo"
SCOPE = "openid profile email offline_access"


@dataclass(frozen=True, slots=True)
class Demo:
    """Endpoints: start, GET /demo; callback, GET /demo/callback; show and act, GET and POST /demo/tokens."""

    clock: Clock
    entropy: Entropy
    provider: Provider = field(default_factory=Provider)
    visits: Visits = field(default_factory=Visits)

    async def start(self, message: Message) -> Go | Page:
        """Send the browser to the authorization endpoint."""
        if not message.tenant.development:
            return _nothing_here()
        try:
            metadata = await self.provider.metadata(message.tenant.issuer)
        except NotDone as reason:
            return _failed(message, reason)
        new = self.entropy.handle
        visit = Visit(state=new(), nonce=new(), verifier=new(), form_token=new())
        handle = new()
        self.visits.keep(handle, visit)
        query = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": message.base + CALLBACK,
            "scope": SCOPE,
            "state": visit.state,
            "nonce": visit.nonce,
            "code_challenge": challenge_s256(visit.verifier),
            "code_challenge_method": "S256",
        }
        location = f"{metadata['authorization_endpoint']}?{urlencode(query)}"
        return Go(location=location, cookies=(Cookie(name=COOKIE, value=handle),))

    async def callback(self, message: Message) -> Go | Page:
        """Take the authorization response and exchange its code."""
        handle = message.cookies.get(COOKIE, "")
        visit = self.visits.find(handle)
        if visit is None or not hmac.compare_digest(
            (message.one("state") or "").encode(), visit.state.encode()
        ):
            return _failed(message, NotDone("This browser did not start that sign-in."))
        try:
            self.visits.keep(handle, await self._redeemed(visit, message))
        except NotDone as reason:
            return _failed(message, reason)
        return Go(location=message.base + RESULT)

    async def show(self, message: Message) -> Go | Page:
        """Show what the application holds."""
        visit = self.visits.find(message.cookies.get(COOKIE))
        if visit is None or visit.tokens is None:
            return Go(location=f"{message.base}/")
        tokens = visit.tokens
        facts = {
            "action": message.base + RESULT,
            "form_token": visit.form_token,
            "name": str(tokens.userinfo.get("given_name") or tokens.userinfo.get("name") or ""),
            "id_token": tokens.response["id_token"],
            "header": rows(tokens.header),
            "claims": rows(tokens.claims),
            "access_token": tokens.response["access_token"],
            "token_response": rows(tokens.response),
            "userinfo": rows(tokens.userinfo),
            "steps": [dataclasses.asdict(step) for step in visit.happened],
            "refreshed": visit.refreshed,
            "can_refresh": "refresh_token" in tokens.response,
        }
        return Page(name="demo_result", facts=facts)

    async def act(self, message: Message) -> Go | Page:
        """Refresh the tokens, or sign out here and at the server."""
        handle = message.cookies.get(COOKIE, "")
        visit = self.visits.find(handle)
        if visit is None or visit.tokens is None:
            return Go(location=f"{message.base}/")
        if not hmac.compare_digest((message.one("form_token") or "").encode(), visit.form_token.encode()):
            return _failed(message, NotDone("The form was not sent from our own page."))
        try:
            if message.one("refresh"):
                self.visits.keep(handle, await self._refreshed(visit, visit.tokens, message))
                return Go(location=message.base + RESULT)
            return await self._sign_out(handle, visit.tokens, message)
        except NotDone as reason:
            return _failed(message, reason)

    async def _redeemed(self, visit: Visit, message: Message) -> Visit:
        issuer = message.tenant.issuer
        if error := message.one("error"):
            description = message.one("error_description") or ""
            raise NotDone("The server sent the app away.", error=error, description=description)
        # RFC 9207 §2.4: a response of another issuer is a mix-up.
        if message.one("iss") != issuer:
            raise NotDone("The answer does not name the issuer the app had asked.")
        metadata = await self.provider.metadata(issuer)
        form = {
            "grant_type": "authorization_code",
            "client_id": CLIENT_ID,
            "code": message.one("code") or "",
            "redirect_uri": message.base + CALLBACK,
            "code_verifier": visit.verifier,
        }
        answer = await self.provider.post(metadata["token_endpoint"], form)
        tokens, checked = await self._tokens(answer, metadata, visit.nonce)
        happened = (
            Happened(title="Asked for a sign-in", detail="Authorization request with PKCE, state and nonce"),
            Happened(title="Came back with a code", detail="state and iss are the ones expected"),
            _took("Exchanged the code for tokens", f"POST {metadata['token_endpoint']}", answer),
            *checked,
        )
        return dataclasses.replace(visit, tokens=tokens, happened=happened, refreshed=False)

    async def _refreshed(self, visit: Visit, old: Tokens, message: Message) -> Visit:
        metadata = await self.provider.metadata(message.tenant.issuer)
        form = {
            "grant_type": "refresh_token",
            "client_id": CLIENT_ID,
            "refresh_token": old.response.get("refresh_token", ""),
        }
        answer = await self.provider.post(metadata["token_endpoint"], form)
        # RFC 6749 §6: without a new refresh token the old one goes on; without a new ID token, so does that.
        lasting = ("refresh_token", "id_token")
        kept = {name: old.response[name] for name in lasting if name in old.response}
        merged = dataclasses.replace(answer, body=kept | answer.body)
        tokens, checked = await self._tokens(merged, metadata, None)
        happened = (_took("Refreshed the tokens", f"POST {metadata['token_endpoint']}", answer), *checked)
        return dataclasses.replace(visit, tokens=tokens, happened=happened, refreshed=True)

    async def _tokens(
        self, answer: Timed, metadata: dict[str, Any], nonce: str | None
    ) -> tuple[Tokens, tuple[Happened, ...]]:
        """Check the ID token, ask userinfo, and see that both speak of the same person."""
        jwks = await self.provider.get(metadata["jwks_uri"])
        id_token = str(answer.body.get("id_token", ""))
        header, claims = check(
            id_token, jwks.body, issuer=metadata["issuer"], nonce=nonce, now=self.clock.now()
        )
        userinfo = await self.provider.get(
            metadata["userinfo_endpoint"], str(answer.body.get("access_token", ""))
        )
        if userinfo.body.get("sub") != claims["sub"]:
            raise NotDone("Userinfo speaks of another person than the ID token.")
        tokens = Tokens(response=answer.body, header=header, claims=claims, userinfo=userinfo.body)
        return tokens, (
            _took("Fetched the server’s keys", f"GET {metadata['jwks_uri']}", jwks),
            Happened(title="Checked the ID token", detail="Signature, issuer, audience, times and nonce"),
            _took("Asked who it is", f"GET {metadata['userinfo_endpoint']}", userinfo),
        )

    async def _sign_out(self, handle: str, tokens: Tokens, message: Message) -> Go:
        """OIDC RP-Initiated Logout §2."""
        metadata = await self.provider.metadata(message.tenant.issuer)
        query = {
            "id_token_hint": tokens.response["id_token"],
            "client_id": CLIENT_ID,
            "post_logout_redirect_uri": f"{message.base}/",
        }
        self.visits.forget(handle)
        location = f"{metadata['end_session_endpoint']}?{urlencode(query)}"
        return Go(location=location, cookies=(Cookie(name=COOKIE, value=""),))


def _took(title: str, detail: str, answer: Timed) -> Happened:
    return Happened(title=title, detail=detail, milliseconds=answer.milliseconds)


def _failed(message: Message, reason: NotDone) -> Page:
    facts = {
        "what": reason.what,
        "again": message.base + START,
        "error": reason.error,
        "description": reason.description,
    }
    return Page(name="demo_failed", facts=facts, status=400)


def _nothing_here() -> Page:
    return Page(name="error", facts={"code": "not_found"}, status=404)
