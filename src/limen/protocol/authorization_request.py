"""The authorization request and its rules (RFC 6749 §4.1.1, OIDC Core §3.1.2.1).

One ordered list of checks serves the authorization endpoint, PAR (RFC 9126) and request objects (RFC 9101).
"""

from functools import lru_cache

import msgspec

from limen.errors import (
    InvalidRequest,
    RegistrationNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from limen.model.client import Client
from limen.model.scope import Scope
from limen.model.tenant import Tenant
from limen.protocol.claims import ClaimsParameter
from limen.protocol.pkce import check_challenge
from limen.protocol.policy import Policy
from limen.protocol.prompt import Prompt
from limen.protocol.resource import check_audience
from limen.protocol.response_mode import choose_mode
from limen.protocol.response_type import ResponseType
from limen.protocol.scope import grantable, permitted

MAX_STATE = 4096


class AuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The parameters we know; any other is ignored (RFC 6749 §3.1)."""

    client_id: str
    response_type: str | None = None
    redirect_uri: str | None = None
    response_mode: str | None = None
    scope: Scope | None = None
    state: str | None = None
    nonce: str | None = None
    prompt: Prompt = Prompt()
    max_age: int | None = None
    display: str | None = None
    ui_locales: str | None = None
    claims_locales: str | None = None
    login_hint: str | None = None
    id_token_hint: str | None = None
    acr_values: str | None = None
    claims: ClaimsParameter = ClaimsParameter()
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    dpop_jkt: str | None = None
    resource: tuple[str, ...] = ()
    authorization_details: str | None = None
    registration: str | None = None


class Accepted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A request that may go on to the person."""

    response_type: ResponseType
    response_mode: str
    scope: Scope
    code_challenge_method: str


def check(request: AuthorizationRequest, tenant: Tenant, client: Client, policy: Policy) -> Accepted:
    """Refuse a request the client may not make; return what was decided of it."""
    if request.registration is not None:  # OIDC Core §7.2.1: it is for providers on people's own devices
        raise RegistrationNotSupported("registration is not supported: register the client beforehand")
    if request.response_type is None:
        raise InvalidRequest("response_type is missing")
    response_type = ResponseType.parse(request.response_type)
    _check_type(response_type, client.response_types, client.grant_types, "implicit" in tenant.legacy)
    if client.is_public and response_type.hybrid:
        raise UnauthorizedClient("a public client may not use a hybrid response_type")
    mode = choose_mode(request.response_mode, response_type)
    scope = grantable(request.scope, permitted(tenant, client, policy), policy)
    _check_nonce(request, response_type, scope)
    check_audience(request.resource, tenant)
    method = ""
    if response_type.code:
        method = check_challenge(
            request.code_challenge,
            request.code_challenge_method,
            required=policy.require_pkce,
            allow_plain=policy.allow_plain_pkce and "plain_pkce" in tenant.legacy,
        )
    if request.state is not None and len(request.state) > MAX_STATE:
        raise InvalidRequest("state is longer than 4096 characters")
    return Accepted(
        response_type=response_type, response_mode=mode, scope=scope, code_challenge_method=method
    )


@lru_cache(maxsize=256)  # registered types and registrations only: strangers fill this with nothing of theirs
def _check_type(
    response_type: ResponseType,
    response_types: tuple[str, ...],
    grant_types: frozenset[str],
    is_implicit_open: bool,
) -> None:
    needed = response_type.grants
    if not needed <= grant_types or str(response_type) not in response_types:
        raise UnauthorizedClient("the client may not use this response_type")
    # RFC 9700 §2.1.2: tokens leave by the front channel only where the tenant opened it, hybrid ones too.
    if "implicit" in needed and not is_implicit_open:
        raise UnsupportedResponseType("response_type is not supported")


def _check_nonce(request: AuthorizationRequest, response_type: ResponseType, scope: Scope) -> None:
    if not response_type.id_token:
        return
    if "openid" not in scope:
        raise InvalidRequest("scope must contain openid when response_type asks for an ID token")
    # OIDC Core §3.2.2.1, §3.3.2.11: a front-channel ID token answers a nonce.
    if request.nonce is None:
        raise InvalidRequest("nonce is required for this response_type")
