"""How strongly a person must have signed in (OIDC Core §5.5.1.1, RFC 9470 §4 and §5)."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from limen.protocol.claims import Wanted


class AcrWanted(msgspec.Struct, frozen=True, gc=False):
    """The classes that will do, any when there are none; `essential` ones are met or the request fails."""

    values: frozenset[str] = frozenset()
    essential: bool = False

    def is_met_by(self, acr: str | None) -> bool:
        """Tell whether a sign-in of this class will do."""
        return not self.values or acr in self.values

    def can_be_met(self, reachable: AbstractSet[str]) -> bool:
        """Tell whether signing in here can reach one of the classes."""
        return not self.values.isdisjoint(reachable)


def acr_wanted(acr_values: str | None, id_token: Wanted, defaults: tuple[str, ...]) -> AcrWanted:
    """Return what a request asks for: the claim acr over acr_values over the client's defaults."""
    claim = id_token.get("acr")
    if claim and (named := _named(claim)):
        return AcrWanted(named, claim.get("essential") is True)
    if acr_values is not None:
        return AcrWanted(frozenset(acr_values.split()))
    return AcrWanted(frozenset(defaults))


def _named(claim: Mapping[str, Any]) -> frozenset[str]:
    values = claim.get("values") if isinstance(claim.get("values"), list) else [claim.get("value")]
    return frozenset(value for value in values or () if isinstance(value, str))
