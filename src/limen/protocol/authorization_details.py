"""Rich authorization requests (RFC 9396)."""

import json
import re
from collections.abc import Mapping
from typing import Any

from limen.errors import InvalidAuthorizationDetails
from limen.model.client import Client
from limen.model.tenant import DetailType, Tenant
from limen.protocol.strict_json import read_json

Detail = Mapping[str, Any]
Details = tuple[Detail, ...]

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
# What makes the rest of a text read in another order than it is written.
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_LONGEST = 16_384
_MOST = 20
_DEEPEST = 6
# RFC 9396 §2.2: the common members that are lists of strings.
_LISTS = ("locations", "actions", "datatypes", "privileges")


def parse(text: str | None, tenant: Tenant, client: Client) -> Details:
    """Read the parameter; refuse what is malformed, unknown or not for this client (RFC 9396 §5)."""
    if text is None:
        return ()
    if len(text) > _LONGEST:
        raise InvalidAuthorizationDetails(f"authorization_details is longer than {_LONGEST} characters")
    document = read_json(text.encode("utf-8", "surrogatepass"))
    if not isinstance(document, list) or not 1 <= len(document) <= _MOST:
        raise InvalidAuthorizationDetails(
            f"authorization_details must be a JSON array of 1 to {_MOST} objects"
        )
    return tuple(_checked(detail, tenant, client) for detail in document)


def _checked(detail: Any, tenant: Tenant, client: Client) -> Detail:
    if not isinstance(detail, dict) or not isinstance(detail.get("type"), str):
        raise InvalidAuthorizationDetails("each of authorization_details must be an object with a type")
    kind = _allowed_kind(detail, tenant, client)
    if kind is None:
        raise InvalidAuthorizationDetails("authorization_details has a type this client may not use")
    if missing := [name for name in kind.required if detail.get(name) in (None, "", [], {})]:
        raise InvalidAuthorizationDetails(f"authorization_details of type {kind.type} needs {missing[0]}")
    for name in _LISTS:
        if name in detail and not _is_texts(detail[name]):
            raise InvalidAuthorizationDetails(f"{name} in authorization_details must be an array of strings")
    if _depth(detail) > _DEEPEST:
        raise InvalidAuthorizationDetails("authorization_details is nested too deeply")
    return detail


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max((_depth(item) for item in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((_depth(item) for item in value), default=0)
    return 0


def _kind(detail: Detail, tenant: Tenant) -> DetailType | None:
    return next((kind for kind in tenant.detail_types if kind.type == detail.get("type")), None)


def _allowed_kind(detail: Detail, tenant: Tenant, client: Client) -> DetailType | None:
    kind, allowed = _kind(detail, tenant), client.authorization_details_types
    return kind if kind is not None and (not allowed or kind.type in allowed) else None


def still_allowed(granted: Details, tenant: Tenant, client: Client) -> Details:
    """Return what of the granted details the client may have today."""
    return tuple(detail for detail in granted if _allowed_kind(detail, tenant, client))


def narrow(requested: Details, granted: Details) -> Details:
    """Return the details for a new token: those granted, or the part asked for (RFC 9396 §6.1, §8)."""
    if not requested:
        return granted
    for detail in requested:
        if not any(_is_within(detail, whole) for whole in granted):
            raise InvalidAuthorizationDetails("authorization_details exceeds what was granted")
    return requested


def _is_within(part: Detail, whole: Detail) -> bool:
    """Tell whether `part` asks for nothing beyond `whole`: the same members, its lists perhaps shorter."""
    if part.keys() != whole.keys():
        return False
    return all(_is_part(part[name], whole[name], is_list=name in _LISTS) for name in part)


def _is_part(part: Any, whole: Any, *, is_list: bool) -> bool:
    if is_list:
        # An empty list could be read as "all" where the API is careless.
        return bool(part) and all(item in whole for item in part)
    return bool(part == whole)


def in_words(detail: Detail, tenant: Tenant) -> str:
    """Return what consent shows for one authorization detail, from its type's template."""
    kind = _kind(detail, tenant)
    if kind is None:
        return str(detail.get("type", ""))
    if not kind.template:
        rest = {name: value for name, value in detail.items() if name != "type"}
        return ": ".join(filter(None, (kind.display_name or kind.type, _plain(rest) if rest else "")))
    # In one pass, so that what a client puts into one member is never read as another's placeholder.
    return _PLACEHOLDER.sub(
        lambda found: _plain(detail[found[1]]) if found[1] in detail else found[0], kind.template
    )


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return _TURNING.sub("\ufffd", value)
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{_plain(name)} {_plain(item)}" for name, item in value.items())
    return json.dumps(value)
