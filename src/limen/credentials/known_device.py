"""The mark a browser keeps of the accounts that signed in with it (NIST SP 800-63B §3.2.2).

Only we can write it, so that a guesser who invents browsers stays among the strangers.
"""

from dataclasses import dataclass

import msgspec

from limen.ports.keys import Keys
from limen.ports.world import Entropy
from limen.protocol.username import username_key
from limen.tokens.digest import digest

_PURPOSE = "dv"
_MOST = 8  # accounts of one browser; the oldest makes room


class _Mark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    device: str
    accounts: tuple[str, ...] = ()


_decoder = msgspec.msgpack.Decoder(_Mark)


@dataclass(frozen=True, slots=True)
class KnownDevices:
    """Reads and writes the value of the cookie `device`."""

    keys: Keys
    entropy: Entropy

    def known(self, tenant_id: str, mark: str | None, name: str) -> str | None:
        """Return the browser's name when the account of this name signed in with it before."""
        found = self._read(tenant_id, mark)
        return found.device if found is not None and name in found.accounts else None

    def remember(self, tenant_id: str, mark: str | None, username: str) -> str:
        """Return the mark of a browser with which this account has signed in just now."""
        found = self._read(tenant_id, mark) or _Mark(self.entropy.identifier())
        name = account(username)
        others = [each for each in found.accounts if each != name]
        changed = _Mark(found.device, (*others[1 - _MOST :], name))
        return self.keys.seal(tenant_id, _PURPOSE, msgspec.msgpack.encode(changed))

    def _read(self, tenant_id: str, mark: str | None) -> _Mark | None:
        packed = self.keys.open(tenant_id, _PURPOSE, mark) if mark else None
        return _decoder.decode(packed) if packed is not None else None


def account(username: str) -> str:
    """Return what stands for an account, however its name is typed."""
    return digest(username_key(username))[:32]
