"""Where parameters come from: query, request object or push (RFC 9101 §5, RFC 9126 §4, OIDC Core §6).

What nobody signed or pushed stays as it was sent.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from limen.endpoints.validated import single, target_of
from limen.errors import ErrorToClient, InvalidRequest, InvalidRequestObject, InvalidRequestUri, OAuthError
from limen.model.artifacts import PushedRequest
from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.ports.keys import ClientKeys, Jose, Keys
from limen.ports.outbound import Fetcher, FetchError
from limen.ports.storage import Storage
from limen.ports.world import Clock
from limen.protocol.algorithms import ENCRYPTION_ALGS, ENCRYPTION_ENCS, FAPI_ALGS, HMAC_ALGS, SIGNING_ALGS
from limen.protocol.message import Params
from limen.protocol.policy import Policies
from limen.protocol.profile import is_fapi
from limen.protocol.profile_request import Sent, needs_signature
from limen.protocol.request_object import LONGEST, TYPES, Expected, check_claims, known, merge, parameters
from limen.protocol.strict_json import read_object
from limen.tokens.digest import digest
from limen.tokens.hmac_secret import hmac_secrets, keyed_claims

PUSHED_PREFIX = "urn:ietf:params:oauth:request_uri:"
_JWE_DOTS, _JWS_DOTS = 4, 2
_UNVERIFIED = "the request object is not one this client may send"


class Requested(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The parameters that count. `sent` is None when they were judged before, at the push."""

    params: Params
    sent: Sent | None
    pushed: str | None = None  # digest of the PAR entry to spend at completion


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSources:
    """Used by the authorization endpoint and by PAR, so that both read a request alike."""

    storage: Storage
    keys: Keys
    jose: Jose
    client_keys: ClientKeys
    fetcher: Fetcher
    clock: Clock
    policies: Policies

    async def visited(self, params: Params, tenant: Tenant, client: Client) -> Requested:
        """Return what a browser brought to the authorization endpoint."""
        params = _without_empty(params)
        uris = params.get("request_uri", ())
        if len(uris) == 1 and uris[0].startswith(PUSHED_PREFIX) and "request" not in params:
            return await self._pushed(uris[0], tenant, client)
        if "request" not in params and not uris:
            return Requested(params=known(params), sent=Sent())
        told = dict(params)
        with errors_home(told, tenant, client):
            request, request_uri = single(params, "request"), single(params, "request_uri")
            if request is not None and request_uri is not None:
                raise InvalidRequest("request and request_uri must not both be sent")
            if request_uri is not None:
                request = await self._fetched(request_uri, client)
            told |= self._way_home(request or "")
            return await self._object(request, params, tenant, client, pushed=False)

    @staticmethod
    def _way_home(request: str) -> Params:
        """Return how an unverified object wants its answer: anybody may ask as much in the query.

        An encrypted one stays closed: it may be another client's, whose state is nobody else's to see.
        """
        claims = _read(request.split(".")[1]) or {} if request.count(".") == _JWS_DOTS else {}
        names = ("response_type", "response_mode", "state")
        return {name: (claims[name],) for name in names if isinstance(claims.get(name), str) and claims[name]}

    async def posted(self, params: Params, tenant: Tenant, client: Client) -> Requested:
        """Return what an authenticated client pushes (RFC 9126 §2.1, §3)."""
        params = _without_empty(params)
        if "request_uri" in params:
            raise InvalidRequest("request_uri must not be pushed")
        request = single(params, "request")
        if request is None:
            return Requested(params=known(params), sent=Sent(pushed=True))
        return await self._object(request, params, tenant, client, pushed=True)

    async def _pushed(self, request_uri: str, tenant: Tenant, client: Client) -> Requested:
        """Return what was pushed; whatever stands beside it in the query counts for nothing."""
        found_by = digest(request_uri.removeprefix(PUSHED_PREFIX))
        entry = await self.storage.get(PushedRequest, tenant.tenant_id, found_by)
        if entry is None or entry.expires_at <= self.clock.now() or entry.client_id != client.client_id:
            # Its redirect URI is another client's, or forgotten: there is no proven place to go.
            raise InvalidRequestUri(
                "request_uri is unknown, expired, used or of another client", page_code="request_uri"
            )
        return Requested(params=entry.params, sent=None, pushed=entry.digest)

    async def _fetched(self, request_uri: str, client: Client) -> str:
        """OIDC Core §6.2: only what was registered is fetched; the fragment is part of the registration.

        A fragment is a version for caches, of which there are none here; clients put other hashes there, too.
        """
        if request_uri not in client.request_uris:
            raise InvalidRequestUri("request_uri is not registered for this client")
        try:
            text = await self.fetcher.text(request_uri.partition("#")[0], limit=LONGEST)
        except FetchError:
            raise InvalidRequestUri("request_uri could not be fetched") from None
        return text.strip()

    async def _object(
        self, request: str | None, params: Params, tenant: Tenant, client: Client, *, pushed: bool
    ) -> Requested:
        policy = self.policies.of(tenant, client)
        strict = needs_signature(client, policy)
        claims, signed = await self._opened(request or "", tenant, client)
        wanted = Expected(
            client_id=client.client_id,
            issuer=tenant.issuer,
            now=self.clock.now(),
            signed=signed,
            dated=is_fapi(policy.security_profile),
            skew=policy.clock_skew,
        )
        check_claims(claims, wanted)
        outer = {**params, "client_id": (client.client_id,)}
        merged = merge(outer, parameters(claims), alone=pushed or (signed and strict))
        return Requested(params=merged, sent=Sent(pushed=pushed, signed=signed))

    async def _opened(self, request: str, tenant: Tenant, client: Client) -> tuple[Mapping[str, Any], bool]:
        """Return the claims, and whether the client signed them."""
        if len(request) > LONGEST:
            raise InvalidRequestObject("the request object is longer than 64 kB")
        if request.count(".") == _JWE_DOTS:
            request = self._decrypted(request, tenant, client)
        claims = await self._verified(request, tenant, client)
        if claims is not None:
            return claims, True
        claims = self._unsigned(request, tenant, client)
        if claims is None:
            raise InvalidRequestObject(_UNVERIFIED, detail="signature, algorithm, type or encryption")
        return claims, False

    def _decrypted(self, request: str, tenant: Tenant, client: Client) -> str:
        alg, enc = client.request_object_encryption_alg, client.request_object_encryption_enc
        plain = self.keys.decrypt(
            tenant.tenant_id,
            request,
            algs=(alg,) if alg else ENCRYPTION_ALGS,
            encs=(enc,) if enc else ENCRYPTION_ENCS,
        )
        if plain is None:
            raise InvalidRequestObject(_UNVERIFIED, detail="it cannot be decrypted")
        return plain

    async def _verified(self, request: str, tenant: Tenant, client: Client) -> Mapping[str, Any] | None:
        header = self.jose.header(request)
        if header is None:
            return None
        algs = self._algorithms(tenant, client)
        if header["alg"] in HMAC_ALGS:
            # OIDC Core §10.1: by the secret of a client that registered a MAC algorithm.
            macs = tuple(a for a in algs if a in HMAC_ALGS)
            secrets = hmac_secrets(self.keys, client, now=self.clock.now())
            return keyed_claims(request, secrets, jose=self.jose, algs=macs, typs=TYPES)
        jwks = await self.client_keys.of(client, kid=header.get("kid"))
        return self.jose.verify(request, jwks, algs=algs, typs=TYPES)

    def _algorithms(self, tenant: Tenant, client: Client) -> tuple[str, ...]:
        registered = client.request_object_signing_alg
        algs = (registered,) if registered else SIGNING_ALGS
        if is_fapi(self.policies.of(tenant, client).security_profile):
            return tuple(alg for alg in algs if alg in FAPI_ALGS)
        return algs

    def _unsigned(self, request: str, tenant: Tenant, client: Client) -> Mapping[str, Any] | None:
        """Read an object nobody signed, where tenant and client allow it (OIDC Core §6.1)."""
        allowed = "alg_none" in tenant.legacy and client.request_object_signing_alg in {None, "none"}
        if not allowed or needs_signature(client, self.policies.of(tenant, client)):
            return None
        head, _, rest = request.partition(".")
        payload, dot, signature = rest.partition(".")
        header = _read(head)
        if not dot or signature or header is None or header.get("alg") != "none" or "crit" in header:
            return None
        return _read(payload)


def _without_empty(params: Params) -> Params:
    """RFC 6749 §3.1: what was sent without a value was not sent."""
    empty = [name for name in ("request", "request_uri") if params.get(name) == ("",)]
    return {name: values for name, values in params.items() if name not in empty} if empty else params


@contextmanager
def errors_home(params: Params, tenant: Tenant, client: Client) -> Iterator[None]:
    """Let refusals travel to the client where the query alone proves its address; else they stay a page.

    `params` may grow meanwhile.
    """
    try:
        yield
    except OAuthError as error:
        try:
            target = target_of(params, tenant, client)
        except OAuthError:
            raise error from None
        raise ErrorToClient(target, error) from error


def _read(part: str) -> dict[str, Any] | None:
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return read_object(raw)
