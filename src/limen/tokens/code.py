"""Authorization codes: a sealed value, used once by a mark (RFC 6749 §4.1.2, §10.5)."""

from dataclasses import dataclass

import msgspec

from limen.ports.keys import Keys
from limen.ports.storage import Mark
from limen.tokens.digest import digest

PURPOSE = "ac"
MARK = "code"
_REMEMBER = 86_400  # a replay is recognised for a day after the code died


class CodeContent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a code says. `redirect_uri` is None when the request did not send one."""

    grant_id: str
    client_id: str
    redirect_uri: str | None
    code_challenge: str | None
    code_challenge_method: str
    expires_at: int
    dpop_jkt: str | None = None


_decoder = msgspec.msgpack.Decoder(CodeContent)


@dataclass(frozen=True, slots=True)
class Codes:
    """Writes and reads codes."""

    keys: Keys

    def write(self, tenant_id: str, content: CodeContent) -> str:
        """Seal a code."""
        return self.keys.seal(tenant_id, PURPOSE, msgspec.msgpack.encode(content))

    def read(self, tenant_id: str, code: str) -> CodeContent | None:
        """Return what an authentic code says, whatever its date; else None."""
        packed = self.keys.open(tenant_id, PURPOSE, code)
        return _decoder.decode(packed) if packed is not None else None


def use_of(tenant_id: str, code: str, content: CodeContent) -> Mark:
    """Return the mark that uses the code up."""
    return Mark(
        tenant_id=tenant_id, purpose=MARK, digest=digest(code), expires_at=content.expires_at + _REMEMBER
    )
