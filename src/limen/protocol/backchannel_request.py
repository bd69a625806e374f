"""The backchannel authentication request and its rules (CIBA Core §7.1, FAPI-CIBA §5.2.2)."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from limen.errors import InvalidBindingMessage, InvalidRequest, InvalidRequestObject, UnauthorizedClient
from limen.model.client import Client
from limen.model.scope import Scope
from limen.protocol.algorithms import FAPI_ALGS
from limen.protocol.message import Params
from limen.protocol.policy import Policy
from limen.protocol.profile import FAPI_CIBA, is_fapi
from limen.protocol.request_object import Expected, check_claims, values_of

LONGEST_MESSAGE = 64
_HINTS = ("login_hint", "id_token_hint", "login_hint_token")
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]{1,1024}=*")


class BackchannelAuthenticationRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """CIBA Core §7.1, RFC 8707 §2, RFC 9396 §3."""

    scope: Scope | None = None
    client_notification_token: str | None = None
    acr_values: str | None = None
    login_hint_token: str | None = None
    id_token_hint: str | None = None
    login_hint: str | None = None
    binding_message: str | None = None
    user_code: str | None = None
    requested_expiry: int | None = None
    resource: tuple[str, ...] = ()
    authorization_details: str | None = None


KNOWN = frozenset(BackchannelAuthenticationRequest.__struct_fields__)


def signing_algorithm(client: Client, policy: Policy, *, signed: bool) -> str | None:
    """Return the algorithm the request must be signed with; None when it must not be signed.

    Whoever registered an algorithm signs every request, and nobody else can (CIBA Core §4, §7.1.1).
    """
    alg = client.backchannel_authentication_request_signing_alg
    if is_fapi(policy.security_profile) and alg not in FAPI_ALGS:
        raise UnauthorizedClient(
            f"the profile {policy.security_profile} needs backchannel_authentication_request_signing_alg"
            " PS256, ES256 or EdDSA (rule signed_request)"
        )
    if signed and alg is None:
        raise InvalidRequest("the client registered no backchannel_authentication_request_signing_alg")
    if alg is not None and not signed:
        raise InvalidRequest(
            "the client must sign its requests (backchannel_authentication_request_signing_alg)"
        )
    return alg


def signed_parameters(claims: Mapping[str, Any], outer: Params, wanted: Expected) -> Params:
    """Return the parameters of a signed request; beside it stands nothing but client authentication."""
    if beside := KNOWN.intersection(outer):
        raise InvalidRequest(f"{min(beside)} must be inside the signed request")
    try:
        check_claims(claims, wanted)
        found = {name: values_of(name, claims[name]) for name in KNOWN if claims.get(name) is not None}
    except InvalidRequestObject as wrong:
        raise InvalidRequest(wrong.description) from None
    for name in ("iat", "jti"):
        if not claims.get(name):
            raise InvalidRequest(f"the signed request has no {name}")
    return found


def check(request: BackchannelAuthenticationRequest, client: Client, policy: Policy) -> None:
    """Run every check that needs no person."""
    if request.scope is None or "openid" not in request.scope:
        raise InvalidRequest("scope must contain openid")
    if sum(getattr(request, hint) is not None for hint in _HINTS) != 1:
        raise InvalidRequest(f"exactly one of {', '.join(_HINTS)} must be sent")
    _check_message(request.binding_message, policy)
    _check_delivery(request, client, policy)
    if request.requested_expiry == 0:
        raise InvalidRequest("requested_expiry must be positive")


def _check_message(text: str | None, policy: Policy) -> None:
    if text is None:
        if policy.security_profile == FAPI_CIBA:
            raise InvalidRequest(f"the profile {FAPI_CIBA} needs binding_message (rule binding_message)")
    elif len(text) > LONGEST_MESSAGE or not text.isprintable():
        raise InvalidBindingMessage(f"binding_message must be at most {LONGEST_MESSAGE} printable characters")


def _check_delivery(request: BackchannelAuthenticationRequest, client: Client, policy: Policy) -> None:
    mode = client.backchannel_token_delivery_mode
    if mode == "push" and (is_fapi(policy.security_profile) or policy.token_binding_type != "none"):
        # FAPI-CIBA §5.2.2; and what nobody asks for by a request cannot be bound to one.
        raise UnauthorizedClient("delivery mode push gives no sender-constrained tokens (rule delivery_mode)")
    if mode in {"ping", "push"} and not _BEARER.fullmatch(request.client_notification_token or ""):
        raise InvalidRequest("client_notification_token is missing or malformed")


def lifetime(request: BackchannelAuthenticationRequest, policy: Policy) -> int:
    """Return for how many seconds the person may think: what was asked for, within what is allowed."""
    return min(request.requested_expiry or policy.ciba_lifetime, policy.ciba_lifetime)
