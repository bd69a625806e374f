"""What an access token says, whatever its format (RFC 7662 §2.2, RFC 9068 §2.2)."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The facts of one access token. `grant_id` is None when the client acts for itself."""

    jti: str = msgspec.field(name="j")
    client_id: str = msgspec.field(name="c")
    sub: str = msgspec.field(name="s")
    iat: int = msgspec.field(name="i")
    exp: int = msgspec.field(name="e")
    scope: str = msgspec.field(name="p", default="")
    aud: tuple[str, ...] = msgspec.field(name="a", default=())
    grant_id: str | None = msgspec.field(name="g", default=None)
    binding: Mapping[str, str] = msgspec.field(name="b", default={})
    act: Mapping[str, Any] | None = msgspec.field(name="t", default=None)
    details: tuple[Mapping[str, Any], ...] = msgspec.field(name="d", default=())
    claims: Mapping[str, Any] = msgspec.field(name="m", default={})  # of a JWT only: the person's claims


encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Content)


def decode(packed: bytes) -> Content | None:
    """Return the content, or None when it is not one of ours."""
    try:
        return _decoder.decode(packed)
    except msgspec.MsgspecError:
        return None


_CNF = {"dpop": "jkt", "certificate": "x5t#S256"}


def cnf(binding: Mapping[str, str]) -> dict[str, str] | None:
    """Return the confirmation members of a binding (RFC 7800, RFC 8705 §3.1, RFC 9449 §6.1)."""
    members = {_CNF[kind]: reference for kind, reference in binding.items() if kind in _CNF}
    return members or None


def confirmed(members: Mapping[str, str]) -> dict[str, str]:
    """Return the binding that confirmation members say."""
    return {kind: members[name] for kind, name in _CNF.items() if name in members}


def named(binding: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return the type and reference for binding_type and binding_ref: one that `cnf` cannot say, if any."""
    for kind in sorted(binding, key=_CNF.__contains__):
        return kind, binding[kind]
    return None, None
