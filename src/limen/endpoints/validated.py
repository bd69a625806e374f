"""An authorization request with everything decided about it before a person is asked (RFC 6749 §4.1.1)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from limen.errors import ErrorToClient, InvalidRequest, OAuthError, UnauthorizedClient
from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.protocol.answer import Target
from limen.protocol.authorization_details import parse
from limen.protocol.authorization_request import Accepted, AuthorizationRequest, check
from limen.protocol.claims import ClaimsParameter, barred
from limen.protocol.message import Params
from limen.protocol.params import read
from limen.protocol.policy import Policies, Policy
from limen.protocol.profile_request import Sent, check_named, check_sent
from limen.protocol.redirect_uri import choose
from limen.protocol.response_mode import RESPONSE_MODES, carrier, is_jwt
from limen.protocol.scope import permitted


class Validated(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the dispatcher works with."""

    tenant: Tenant
    client: Client
    policy: Policy
    params: Params
    request: AuthorizationRequest
    accepted: Accepted
    target: Target
    claims: ClaimsParameter = ClaimsParameter()  # what it may ask for by name
    details: tuple[Mapping[str, Any], ...] = ()
    cookies: Mapping[str, str] = msgspec.field(default_factory=dict)  # of the browser, for what binds to it
    source: str = ""  # the address the browser is at
    pushed: str | None = None  # digest of the pushed request it came from (RFC 9126)
    until: int | None = None  # when that can no longer start again; None: it has just been visited


def single(params: Params, name: str) -> str | None:
    """Return a parameter that must not be repeated; refuse with InvalidRequest."""
    sent = params.get(name, ())
    if len(sent) > 1:
        raise InvalidRequest(f"{name} is included more than once")
    return sent[0] if sent and sent[0] else None


def target_of(params: Params, tenant: Tenant, client: Client) -> Target:
    """Prove where to answer. Until this returns, no error may leave by redirect (RFC 6749 §4.1.2.1)."""
    if not client.enabled:
        raise UnauthorizedClient("the application is disabled", page_code="disabled_client")
    redirect_uri = choose(
        single(params, "redirect_uri"), client.redirect_uris, native=client.application_type == "native"
    )
    states = params.get("state", ())
    return Target(
        redirect_uri=redirect_uri,
        response_mode=_mode_for_errors(params),
        state=states[0] if len(states) == 1 else None,
        client_id=client.client_id,
        issuer=tenant.issuer,
    )


def _mode_for_errors(params: Params) -> str:
    """Answer in the permissible mode asked for; where tokens are asked for, errors use the fragment, too."""
    words = (params.get("response_type") or ("",))[0].split(" ")
    default = "fragment" if "token" in words or "id_token" in words else "query"
    asked = (params.get("response_mode") or ("",))[0]
    if asked not in RESPONSE_MODES:
        return default
    if asked == "jwt":
        return f"{default}.jwt"
    if default == "fragment" and carrier(asked) == "query":
        return "fragment.jwt" if is_jwt(asked) else "fragment"
    return asked


def validate(
    params: Params, tenant: Tenant, client: Client, policies: Policies, *, sent: Sent | None
) -> Validated:
    """Run every check that needs no person; refusals travel to the client.

    `sent` is None for a request that was accepted before: when it was pushed, or when its journey began.
    """
    check_named(single(params, "redirect_uri"), client, tenant)
    target = target_of(params, tenant, client)
    policy = policies.of(tenant, client)
    try:
        request = read(AuthorizationRequest, params)
        if sent is not None:
            check_sent(request, sent, tenant, client, policy)
        accepted = check(request, tenant, client, policy)
        details = parse(request.authorization_details, tenant, client)
    except OAuthError as error:
        raise ErrorToClient(target, error) from error
    return Validated(
        tenant=tenant,
        client=client,
        policy=policy,
        params=params,
        request=request,
        accepted=accepted,
        target=_settled(target, accepted.response_mode, request.state),
        claims=request.claims and request.claims.without(barred(tenant, permitted(tenant, client, policy))),
        details=details,
    )


def _settled(target: Target, response_mode: str, state: str | None) -> Target:
    """Return where to answer what was accepted: most often just where its refusal would have gone."""
    if target.response_mode == response_mode and target.state == state:
        return target
    return Target(
        redirect_uri=target.redirect_uri,
        response_mode=response_mode,
        state=state,
        client_id=target.client_id,
        issuer=target.issuer,
    )
