"""Read a backchannel authentication request, plain or signed (CIBA Core §7.1, §7.1.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limen.client_auth.base import Authenticated
from limen.endpoints.validated import single
from limen.errors import InvalidRequest
from limen.ports.keys import ClientKeys, Jose
from limen.ports.storage import Change, Mark
from limen.ports.world import Clock
from limen.protocol.backchannel_request import (
    KNOWN,
    BackchannelAuthenticationRequest,
    check,
    signed_parameters,
    signing_algorithm,
)
from limen.protocol.message import Message, Params
from limen.protocol.params import read
from limen.protocol.request_object import LONGEST, TYPES, Expected
from limen.tokens.digest import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class BackchannelRequests:
    """Whatever is wrong with a signed request is invalid_request (CIBA Core §13)."""

    jose: Jose
    client_keys: ClientKeys
    clock: Clock

    async def read(
        self, message: Message, by: Authenticated
    ) -> tuple[BackchannelAuthenticationRequest, tuple[Change, ...]]:
        """Return the request, with what uses a signed one up."""
        signed = single(message.params, "request")
        alg = signing_algorithm(by.client, by.policy, signed=signed is not None)
        params: Params = {name: values for name, values in message.params.items() if name in KNOWN}
        changes: tuple[Change, ...] = ()
        if signed is not None and alg is not None:
            claims = await self._verified(signed, alg, by)
            params = signed_parameters(claims, params, self._expected(message, by))
            changes = (self._use(claims, by),)
        request = read(BackchannelAuthenticationRequest, params)
        check(request, by.client, by.policy)
        return request, changes

    async def _verified(self, request: str, alg: str, by: Authenticated) -> Mapping[str, Any]:
        header = self.jose.header(request) if len(request) <= LONGEST else None
        if header is not None and header.get("alg") == alg:
            jwks = await self.client_keys.of(by.client, kid=header.get("kid"))
            claims = self.jose.verify(request, jwks, algs=(alg,), typs=TYPES)
            if claims is not None:
                return claims
        raise InvalidRequest("the signed request is not one this client may send")

    def _expected(self, message: Message, by: Authenticated) -> Expected:
        return Expected(
            client_id=by.client.client_id,
            issuer=message.tenant.issuer,
            now=self.clock.now(),
            signed=True,
            dated=True,
            skew=by.policy.clock_skew,
        )

    def _use(self, claims: Mapping[str, Any], by: Authenticated) -> Mark:
        return Mark(
            tenant_id=by.client.tenant_id,
            purpose="ciba",
            digest=digest(f"{by.client.client_id} {claims['jti']}"),
            expires_at=int(claims["exp"]) + 1,
        )
