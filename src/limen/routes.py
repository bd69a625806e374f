"""Every URL of the server on one page (RFC 6749 §3, OIDC Core §3, RFC 8414 §2)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from limen.http.route import Endpoint, Route

# Discovery's name for an endpoint -> its path below the tenant's base.
ADDRESSES: Mapping[str, str] = {
    "authorization_endpoint": "/oauth2/authorize",
    "token_endpoint": "/oauth2/token",
    "userinfo_endpoint": "/oauth2/userinfo",
    "jwks_uri": "/oauth2/jwks",
    "introspection_endpoint": "/oauth2/introspect",
    "revocation_endpoint": "/oauth2/revoke",
    "pushed_authorization_request_endpoint": "/oauth2/par",
    "device_authorization_endpoint": "/oauth2/device_authorize",
    "backchannel_authentication_endpoint": "/oauth2/bc-authorize",
    "registration_endpoint": "/oauth2/register",
    "end_session_endpoint": "/oidc/logout",
    "check_session_iframe": "/oidc/checksession",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """The endpoints of the specifications; `limen.app` furnishes them.

    `finish` waits, for some seconds at most, for what they have begun beside the requests.
    """

    authorization: Endpoint
    pushed_authorization: Endpoint
    interaction: Endpoint
    token: Endpoint
    userinfo: Endpoint
    introspection: Endpoint
    revocation: Endpoint
    device_authorization: Endpoint
    backchannel_authentication: Endpoint
    approvals: Endpoint
    initiated_login: Endpoint
    registration: Endpoint
    client_configuration: Endpoint
    device_entry: Endpoint
    end_session: Endpoint
    check_session: Endpoint
    discovery: Endpoint
    jwks: Endpoint
    webfinger: Endpoint
    finish: Callable[[], Awaitable[None]]


def protocol_routes(e: Rooms) -> tuple[Route, ...]:
    """Return the endpoints of the specifications."""
    at = ADDRESSES
    return (
        Route(
            path=at["authorization_endpoint"],
            methods=("GET", "POST"),
            endpoint=e.authorization,
            style="page",
            cross_site=True,
            max_url=16_384,
        ),
        Route(
            path=at["pushed_authorization_request_endpoint"],
            methods=("POST",),
            endpoint=e.pushed_authorization,
            cors="client",
        ),
        Route(path=at["token_endpoint"], methods=("POST",), endpoint=e.token, cors="client"),
        Route(
            path=at["userinfo_endpoint"],
            methods=("GET", "POST"),
            endpoint=e.userinfo,
            style="bearer",
            cors="client",
            takes="form",
        ),
        Route(path=at["introspection_endpoint"], methods=("POST",), endpoint=e.introspection),
        Route(path=at["revocation_endpoint"], methods=("POST",), endpoint=e.revocation, cors="client"),
        Route(path=at["device_authorization_endpoint"], methods=("POST",), endpoint=e.device_authorization),
        Route(
            path=at["backchannel_authentication_endpoint"],
            methods=("POST",),
            endpoint=e.backchannel_authentication,
        ),
        *_registration_routes(e),
        Route(path=at["jwks_uri"], methods=("GET",), endpoint=e.jwks, cors="open"),
        Route(path="/.well-known/openid-configuration", methods=("GET",), endpoint=e.discovery, cors="open"),
        Route(
            path="/.well-known/oauth-authorization-server",
            methods=("GET",),
            endpoint=e.discovery,
            cors="open",
        ),
        Route(
            path="/.well-known/webfinger", methods=("GET",), endpoint=e.webfinger, cors="open", where="root"
        ),
        Route(
            path=at["end_session_endpoint"],
            methods=("GET", "POST"),
            endpoint=e.end_session,
            style="page",
            cross_site=True,
            max_url=16_384,
        ),
        Route(path=at["check_session_iframe"], methods=("GET",), endpoint=e.check_session, style="page"),
    )


def _registration_routes(e: Rooms) -> tuple[Route, ...]:
    """No cookie counts here, so any page's script may try."""
    path = ADDRESSES["registration_endpoint"]
    return (
        Route(
            path=path, methods=("POST",), endpoint=e.registration, style="bearer", cors="open", takes="json"
        ),
        Route(
            path=f"{path}/{{client_id}}",
            methods=("GET", "PUT", "DELETE"),
            endpoint=e.client_configuration,
            style="bearer",
            cors="open",
            takes="json",
        ),
    )


def page_routes(e: Rooms, *, home: Endpoint, setup: Endpoint, static: Endpoint) -> tuple[Route, ...]:
    """Return what people's browsers visit on the way."""
    return (
        Route(path="/", methods=("GET",), endpoint=home, style="page"),
        Route(path="/i/{interaction}/{step}", methods=("GET", "POST"), endpoint=e.interaction, style="page"),
        Route(path="/device", methods=("GET", "POST"), endpoint=e.device_entry, style="page"),
        Route(path="/setup/{handle}", methods=("GET", "POST"), endpoint=setup, style="page"),
        Route(path="/login/{client_id}", methods=("GET",), endpoint=e.initiated_login, style="page"),
        Route(path="/approve", methods=("GET",), endpoint=e.approvals, style="page"),
        Route(path="/approve/{request}", methods=("GET",), endpoint=e.approvals, style="page"),
        Route(path="/static/{file}", methods=("GET",), endpoint=static, where="server", quiet=True),
    )
