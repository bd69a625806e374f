"""Limen's own settings as members of a document: names, ranges, choices (RFC 7591 §2 for extension members).

A tenant's document names them plainly; a client's metadata puts `limen_` before each.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from limen.errors import InvalidClientMetadata
from limen.model.settings import Settings
from limen.protocol.algorithms import SIGNING_ALGS
from limen.protocol.claims import RESERVED
from limen.protocol.json_member import flag, one_of, text, texts, whole
from limen.protocol.profile import PROFILES

PREFIX = "limen_"
NAMES: tuple[str, ...] = Settings.__struct_fields__

BINDINGS = ("none", "cookie", "sso-session", "certificate", "device-flow", "client-request", "dpop")

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
# No token may outlive the keys that open and verify it: see `crypto.rotation.Times`.
_RANGES: Mapping[str, tuple[int, int]] = {
    "access_token_lifetime": (1, 30 * _DAY),
    "app_access_token_lifetime": (1, 30 * _DAY),
    "authorization_code_lifetime": (1, 10 * _MINUTE),
    "id_token_lifetime": (1, 30 * _DAY),
    "refresh_token_lifetime": (1, 365 * _DAY),
    "refresh_token_idle_lifetime": (0, 365 * _DAY),
    "par_lifetime": (1, 10 * _MINUTE),
    "device_code_lifetime": (1, _DAY),
    "device_code_interval": (1, _MINUTE),
    "ciba_lifetime": (1, _HOUR),
    "ciba_interval": (1, _MINUTE),
    "refresh_token_grace": (0, _MINUTE),
    "consent_lifetime": (0, 3650 * _DAY),
    "clock_skew": (0, 5 * _MINUTE),
}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "access_token_format": ("opaque", "jwt", "reference"),
    "access_token_signing_alg": SIGNING_ALGS,
    "token_binding_type": BINDINGS,
    "consent": ("ask", "trusted"),
    "assertion_audience": ("issuer", "endpoint"),
    "unknown_scope": ("drop", "reject"),
    "security_profile": PROFILES,
}
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?")
_AUDIENCE = re.compile(r"[^\s,]+")
_CLAIM = re.compile(r"[!-~]+")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_ID_TOKEN_AUDIENCES = 10
_LISTS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "access_token_audience": (_AUDIENCE, "identifiers without spaces or commas"),
    "access_token_claims": (_CLAIM, "claim names"),
    "id_token_audience": (_AUDIENCE, "identifiers without spaces or commas"),
    "allowed_cors_origins": (_ORIGIN, "origins: scheme, host and port, without a path"),
    "restricted_scopes": (_SCOPE, "scopes"),
    "exchange_audiences": (_AUDIENCE, "identifiers without spaces or commas"),
    "exchange_clients": (_AUDIENCE, "client identifiers"),
}


def read_setting(name: str, value: Any, *, member: str) -> Any:
    """Return the setting's typed value, or refuse with InvalidClientMetadata under the name `member`."""
    if name in _RANGES:
        return whole(member, value, *_RANGES[name])
    if name in _CHOICES:
        return one_of(member, value, _CHOICES[name])
    if name in _LISTS:
        return _items(name, value, member)
    return flag(member, value)


def _items(name: str, value: Any, member: str) -> tuple[str, ...]:
    form, meaning = _LISTS[name]
    items = texts(member, value)
    if not all(form.fullmatch(text(member, item)) for item in items):
        raise InvalidClientMetadata(f"{member} must be an array of {meaning}")
    if name == "access_token_claims" and (reserved := RESERVED.intersection(items)):
        # A person's attribute must never take the place of what the issuer says (attack row UI-07).
        raise InvalidClientMetadata(f"{member} must not name {min(reserved)}, which the issuer decides")
    if name == "id_token_audience" and len(items) > _ID_TOKEN_AUDIENCES:
        raise InvalidClientMetadata(f"{member} must name at most {_ID_TOKEN_AUDIENCES} audiences")
    return items


def read_settings(
    document: Mapping[str, Any], *, prefix: str, base: Settings, may: Callable[[str, Any], bool]
) -> Settings:
    """Return the settings a document may say and does; those it may not say, `base` keeps."""
    said: dict[str, Any] = {}
    for name in NAMES:
        value = document.get(prefix + name)
        if not may(name, value):
            said[name] = getattr(base, name)
        elif value is not None:
            said[name] = read_setting(name, value, member=prefix + name)
    return Settings(**said)


def write_settings(settings: Settings, *, prefix: str) -> dict[str, Any]:
    """Return the members for every setting that is not left to the layer above."""
    said = {name: getattr(settings, name) for name in NAMES}
    return {
        prefix + name: list(value) if isinstance(value, tuple) else value
        for name, value in said.items()
        if value is not None
    }
