"""Rules of the profiles for authorization requests (OAuth 2.1, FAPI 1 Advanced §5.2.2, FAPI 2 §5.3.2).

A request that breaks one is refused with the rule's name.
"""

from collections.abc import Callable, Mapping

import msgspec

from limen.errors import InvalidRequest
from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.protocol.algorithms import FAPI_ALGS
from limen.protocol.authorization_request import AuthorizationRequest
from limen.protocol.policy import Policy
from limen.protocol.profile import FAPI1, FAPI2, FAPI_CIBA, MESSAGE_SIGNING, OAUTH21, OIDC, is_fapi, of_client


class Sent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a request came: pushed before (RFC 9126), in a signed object (RFC 9101), or both."""

    pushed: bool = False
    signed: bool = False


class RequestRule(msgspec.Struct, frozen=True, gc=False):
    """What a profile demands of a request; `holds` tells whether it does."""

    name: str
    demands: str
    holds: Callable[[AuthorizationRequest, Sent, Client], bool]


def check_sent(
    request: AuthorizationRequest, sent: Sent, tenant: Tenant, client: Client, policy: Policy
) -> None:
    """Refuse a request that came otherwise than client, tenant or profile demand."""
    pushes = client.require_pushed_authorization_requests or tenant.require_pushed_authorization_requests
    if pushes and not sent.pushed:
        raise InvalidRequest("the request must be pushed first (require_pushed_authorization_requests)")
    if client.require_signed_request_object and not sent.signed:
        raise InvalidRequest("a signed request object is required (require_signed_request_object)")
    for rule in REQUEST_RULES[policy.security_profile]:
        if not rule.holds(request, sent, client):
            raise InvalidRequest(f"the profile {policy.security_profile} {rule.demands} (rule {rule.name})")


def check_named(redirect_uri: str | None, client: Client, tenant: Tenant) -> None:
    """Refuse a request without redirect_uri where the profile wants one: then there is nowhere to answer."""
    profile = of_client(client, tenant)
    if redirect_uri is None and is_fapi(profile):
        raise InvalidRequest(
            f"the profile {profile} needs redirect_uri in each request (rule redirect_uri)",
            page_code="redirect_uri",
        )


def needs_signature(client: Client, policy: Policy) -> bool:
    """Tell whether an unsigned request object is refused, and what stands beside a signed one ignored."""
    return client.require_signed_request_object or is_fapi(policy.security_profile)


def _is_pushed(_request: AuthorizationRequest, sent: Sent, _client: Client) -> bool:
    return sent.pushed


def _is_signed(_request: AuthorizationRequest, sent: Sent, _client: Client) -> bool:
    return sent.signed


def _has_s256(request: AuthorizationRequest, _sent: Sent, _client: Client) -> bool:
    return request.code_challenge is not None and request.code_challenge_method == "S256"


def _has_s256_when_pushed(request: AuthorizationRequest, sent: Sent, client: Client) -> bool:
    return not sent.pushed or _has_s256(request, sent, client)


def _is_code(request: AuthorizationRequest, _sent: Sent, _client: Client) -> bool:
    return request.response_type == "code"


def _is_detached(request: AuthorizationRequest, _sent: Sent, _client: Client) -> bool:
    words = set((request.response_type or "").split(" "))
    return words == {"code", "id_token"} or (words == {"code"} and _is_jarm(request))


def _is_jarm(request: AuthorizationRequest) -> bool:
    return (request.response_mode or "").endswith("jwt")


def _names_scope(request: AuthorizationRequest, _sent: Sent, _client: Client) -> bool:
    return bool(request.scope)


def _has_nonce_or_state(request: AuthorizationRequest, _sent: Sent, _client: Client) -> bool:
    openid = request.scope is not None and "openid" in request.scope
    return (request.nonce if openid else request.state) is not None


def _signs_answer_well(request: AuthorizationRequest, _sent: Sent, client: Client) -> bool:
    return not _is_jarm(request) or client.authorization_signed_response_alg in FAPI_ALGS


_PUSHED = RequestRule("pushed_request", "needs a pushed authorization request", _is_pushed)
_SIGNED = RequestRule("signed_request_object", "needs a signed request object", _is_signed)
_S256 = RequestRule("pkce_s256", "needs code_challenge with code_challenge_method S256", _has_s256)
_S256_PUSHED = RequestRule(
    "pkce_s256", "needs code_challenge with code_challenge_method S256 when pushed", _has_s256_when_pushed
)
_CODE = RequestRule("code_only", "allows the response type code alone", _is_code)
_DETACHED = RequestRule(
    "detached_signature", "needs response_type code id_token, or code with response_mode jwt", _is_detached
)
_SCOPE = RequestRule("scope", "needs scope in each request", _names_scope)
_NONCE = RequestRule("nonce_or_state", "needs nonce with openid, otherwise state", _has_nonce_or_state)
_ANSWER = RequestRule(
    "answer_algorithm", "needs authorization_signed_response_alg PS256, ES256 or EdDSA", _signs_answer_well
)
_FAPI1_RULES = (_SIGNED, _DETACHED, _SCOPE, _NONCE, _S256_PUSHED, _ANSWER)
_FAPI2_RULES = (_PUSHED, _CODE, _S256, _ANSWER)

REQUEST_RULES: Mapping[str, tuple[RequestRule, ...]] = {
    OIDC: (),
    OAUTH21: (_CODE, _S256),
    FAPI1: _FAPI1_RULES,
    FAPI2: _FAPI2_RULES,
    MESSAGE_SIGNING: (*_FAPI2_RULES, _SIGNED),
    FAPI_CIBA: _FAPI1_RULES,
}
