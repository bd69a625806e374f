"""The attributes an operator may give a person (OIDC Core §5.1; attack rows UI-07, AD-06)."""

import re
from collections.abc import Mapping
from typing import Any

from limen.admin.refusal import Invalid
from limen.protocol.claims import RESERVED

_NAME = re.compile(r"[!-~]{1,100}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LONGEST = 4096
_DEEPEST = 4
_FLAGS = frozenset({"email_verified", "phone_number_verified"})


def check_claims(claims: Mapping[str, Any]) -> None:
    """Refuse with Invalid a name that is reserved or malformed, and a value that is no plain JSON."""
    for name, value in claims.items():
        if not _NAME.fullmatch(name):
            raise Invalid(f"{name[:100]!a} is no claim name", hint="use printable ASCII without spaces")
        if name in RESERVED or name.startswith("limen_"):
            raise Invalid(f"the claim {name} is the server's own", hint="choose another name")
        if name in _FLAGS and not isinstance(value, bool):
            raise Invalid(f"the claim {name} must be true or false")
        if name == "address" and not isinstance(value, dict):
            raise Invalid("the claim address must be an object (OIDC Core §5.1.1)")
        if not _is_plain(value, _DEEPEST):
            raise Invalid(f"the claim {name} is too long, too deep, or not JSON")


def _is_plain(value: Any, depth: int) -> bool:
    match value:
        case bool() | int():
            return True
        case float():
            return value == value and abs(value) != float("inf")  # noqa: PLR0124 -- NaN is not itself
        case str():
            return len(value) <= _LONGEST and not _CONTROL.search(value)
        case list():
            return depth > 0 and len(value) <= _LONGEST and all(_is_plain(item, depth - 1) for item in value)
        case dict():
            return depth > 0 and all(
                isinstance(name, str) and _is_plain(name, 0) and _is_plain(item, depth - 1)
                for name, item in value.items()
            )
        case _:
            return False
