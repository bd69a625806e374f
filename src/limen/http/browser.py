"""Endpoints a person's browser visits (RFC 6749 §4.1.2, OIDC Core §3.1.2.5, Form Post Response Mode)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, assert_never
from urllib.parse import quote

from msgspec.structs import replace

from limen.errors import ErrorToClient, OAuthError, TemporarilyUnavailable
from limen.http.back_channel import ready
from limen.http.cookies import set_cookies, wire_name
from limen.http.errors import transport_fields
from limen.http.headers import HSTS, HTML_TYPE, NO_SNIFFING, NO_STORE, REFERENCE
from limen.http.refused import Refused
from limen.http.response import Headers, Response, field
from limen.http.route import Route
from limen.ports.world import Clock
from limen.protocol.answer import Answer, Ask, Body, Cookie, Go, Page, Target
from limen.protocol.message import Message
from limen.protocol.response_mode import carrier, location

_SAFE = "%/:?#[]@!$&'()*+,;=-._~"
_SAFE_URL = re.compile(f"[A-Za-z0-9{re.escape(_SAFE)}]*")
_FETCHED_BY_US = frozenset({"none", "same-origin"})
_BAD_REQUEST, _UNAUTHENTICATED = 400, 401  # a page is no challenge: the person can present nothing
_PAGE_CODES = {404: "not_found", 405: "method_not_allowed", 403: "cross_site"}


class Views(Protocol):
    """Pages as HTML, and the headers that confine each; `limen.pages` has them."""

    def render(self, page: Page, message: Message) -> bytes: ...

    def headers(self, page: Page) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Browser:
    """Follows what an endpoint answers: by redirects (always 303), by pages, and by cookies."""

    views: Views
    clock: Clock

    async def answer(self, route: Route, message: Message) -> Response:
        """Return the endpoint's answer; its refusals as a redirect to the client or as a page."""
        if message.method != "GET" and not route.cross_site and not _is_ours(message):
            return self.refuse_here(message, Refused(403, "the form came from another site"))
        try:
            return self._follow(await route.endpoint(message), message)
        except ErrorToClient as refused:
            return self._return(refused, message)
        except OAuthError as error:
            return self.refuse(message, error)

    def refuse(self, message: Message, error: OAuthError) -> Response:
        """Show a refusal that has no proven place to go to; the request's own words never appear."""
        code = error.page_code or error.error
        status = _BAD_REQUEST if error.status == _UNAUTHENTICATED else error.status
        response = self._error_page(message, code, status, error.description, back_to_app=error.back_to_app)
        if isinstance(error, TemporarilyUnavailable):
            response.headers.append((b"retry-after", b"%d" % error.retry_after))
        response.error, response.detail = error.error, error.detail or error.description
        return response

    def refuse_here(self, message: Message, refused: Refused) -> Response:
        """Show what HTTP itself refuses."""
        code = _PAGE_CODES.get(refused.status, "invalid_request")
        response = self._error_page(message, code, refused.status, refused.reason)
        response.headers += transport_fields(refused)
        response.error, response.detail = code, refused.reason
        return response

    def _error_page(self, message: Message, code: str, status: int, detail: str, **more: Any) -> Response:
        told = {"code": code, "reference": message.request_id, "time": self.clock.now(), "detail": detail}
        facts = {**told, **more}
        response = self._show(Page(name="error", facts=facts, status=status), message)
        response.headers.append((REFERENCE, message.request_id.encode()))
        return response

    def _follow(self, given: Answer | Ask | Go | Page | Body, message: Message) -> Response:
        match given:
            case Page():
                return self._show(given, message)
            case Ask():
                return _redirect(f"{message.base}/i/{given.interaction}/{given.step}", given.cookies, message)
            case Go():
                return _redirect(given.location, given.cookies, message)
            case Answer():
                return self._deliver(given, message)
            case Body():
                return ready(given, secure=message.base.startswith("https:"))
            case _:
                assert_never(given)

    def _deliver(self, given: Answer, message: Message) -> Response:
        target = given.target
        if carrier(target.response_mode) == "form_post":
            facts = {"target": target.redirect_uri, "fields": dict(given.params)}
            return self._show(Page(name="form_post", facts=facts, cookies=given.cookies), message)
        return _redirect(
            location(target.redirect_uri, target.response_mode, given.params), given.cookies, message
        )

    def _return(self, refused: ErrorToClient, message: Message) -> Response:
        """Send a refusal home (RFC 6749 §4.1.2.1, RFC 9207 §2)."""
        target, error = refused.target, refused.error
        if not isinstance(target, Target):
            return self.refuse(message, error)
        params = {"error": error.error, "error_description": error.description}
        if target.state is not None:
            params["state"] = target.state
        params["iss"] = target.issuer
        response = self._deliver(Answer(target=target, params=params), message)
        response.headers.append((REFERENCE, message.request_id.encode()))
        response.error, response.detail = error.error, error.detail or error.description
        return response

    def _show(self, page: Page, message: Message) -> Response:
        secure = message.base.startswith("https:")
        if page.name == "check_session" and "cookie" not in page.facts:
            cookie = wire_name("browser_state", message.tenant.tenant_id, secure=secure)
            page = replace(page, facts={**page.facts, "cookie": cookie})
        headers = _page_headers({**self.views.headers(page), **page.headers}, secure=secure)
        headers += set_cookies(page.cookies, message.tenant.tenant_id, secure=secure)
        return Response(status=page.status, headers=headers, body=self.views.render(page, message))


def _page_headers(told: Mapping[str, str], *, secure: bool) -> Headers:
    return list(_fields(tuple(told.items()), secure=secure))


@lru_cache(maxsize=256)
def _fields(told: tuple[tuple[str, str], ...], *, secure: bool) -> tuple[tuple[bytes, bytes], ...]:
    headers = [HTML_TYPE, *(field(name, value) for name, value in told)]
    names = {name for name, _ in headers}
    headers += [pair for pair in (NO_STORE, NO_SNIFFING) if pair[0] not in names]
    return (*headers, HSTS) if secure else tuple(headers)


def _redirect(url: str, cookies: tuple[Cookie, ...], message: Message) -> Response:
    # RFC 9700 §4.12: 303 and never 307, which would post a password on to the client.
    secure = message.base.startswith("https:")
    # A registered URI may hold characters beyond ASCII; nothing in it can end the header field.
    where = field("location", url if _SAFE_URL.fullmatch(url) else quote(url, safe=_SAFE))
    headers: list[Any] = [where, NO_STORE, (b"referrer-policy", b"no-referrer"), NO_SNIFFING]
    if secure:
        headers.append(HSTS)
    return Response(
        status=303, headers=headers + set_cookies(cookies, message.tenant.tenant_id, secure=secure)
    )


def _is_ours(message: Message) -> bool:
    """Tell whether a browser says the form is from our own page; the step checks its form token besides."""
    site = message.headers.get("sec-fetch-site")
    if site is not None:
        return site in _FETCHED_BY_US
    origin = message.headers.get("origin")
    return origin is None or origin == _origin(message.base)


def _origin(base: str) -> str:
    scheme, _, rest = base.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
