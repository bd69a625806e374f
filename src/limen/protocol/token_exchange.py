"""Rules of token exchange: types, actors, targets, scope (RFC 8693 §2, §4)."""

from collections.abc import Mapping
from typing import Any

from limen.errors import InvalidRequest, InvalidTarget
from limen.model.scope import Scope
from limen.model.tenant import Tenant
from limen.protocol.policy import Policy
from limen.protocol.resource import check_resource
from limen.protocol.scope import narrow

_TYPE = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN, ID_TOKEN, JWT = _TYPE + "access_token", _TYPE + "id_token", _TYPE + "jwt"
LONGEST_CHAIN = 8  # actors


def check_requested_type(requested: str | None, token_format: str) -> str:
    """Return the type of the token to issue; refuse one we cannot make with InvalidRequest."""
    if requested in {None, ACCESS_TOKEN}:
        return ACCESS_TOKEN
    if requested != JWT:
        raise InvalidRequest("requested_token_type is not supported")
    if token_format != "jwt":
        raise InvalidRequest("requested_token_type jwt needs a client whose access tokens are JWTs")
    return JWT


def check_may_act(
    may_act: Mapping[str, Any] | None,
    actor: Mapping[str, Any] | None,
    *,
    client_id: str,
    issuer: str,
    by: str | None = None,
) -> None:
    """Refuse an actor the subject token does not allow (RFC 8693 §4.4); without one the client acts.

    A sub without iss is somebody of ours, or of the issuer whose word it is (`by`).
    """
    if may_act is None:
        return
    is_here = actor if actor is not None else {"sub": client_id}
    facts = {"sub": is_here["sub"], "client_id": client_id, "iss": is_here.get("iss", issuer)}
    named = {name: value for name, value in may_act.items() if name in facts}
    is_stranger = "sub" in named and "iss" not in named and facts["iss"] not in {issuer, by}
    is_another = named.keys().isdisjoint({"sub", "client_id"}) or any(facts[n] != v for n, v in named.items())
    if is_stranger or is_another:
        raise InvalidRequest("the subject token does not allow this actor")


def act_of(actor: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the act claim: the new actor on top of those who acted before (RFC 8693 §4.1)."""
    chain = before
    if actor is not None:
        chain = {**actor, "act": before} if before else dict(actor)
    if _depth(chain) > LONGEST_CHAIN:
        raise InvalidRequest(f"more than {LONGEST_CHAIN} actors")
    return chain


def _depth(act: Any) -> int:
    depth = 0
    while isinstance(act, Mapping):
        depth, act = depth + 1, act.get("act")
    return depth


def targets(
    audience: tuple[str, ...], resource: tuple[str, ...], tenant: Tenant, policy: Policy
) -> tuple[str, ...]:
    """Return for whom the token is to be; refuse what the policy does not list with InvalidTarget."""
    wanted = tuple(dict.fromkeys((*audience, *(check_resource(value) for value in resource))))
    allowed = {*policy.exchange_audiences, *(r.resource for r in tenant.resources)}
    if not allowed.issuperset(wanted):
        raise InvalidTarget("audience or resource is not one this client may target")
    return wanted


def narrowed(requested: Scope | None, subject: Scope | None, allowed: Scope) -> Scope:
    """Return the scope: within the subject token and what the client may have, or InvalidScope.

    A token that says nothing of scope (`subject` is None) gives only what is asked for.
    """
    if subject is None:
        return narrow(requested or Scope(), allowed)
    return narrow(requested, Scope(subject & allowed))
