"""The ID token (OIDC Core §2, §3.1.3.6, §3.3.2.11; Financial-grade API §5.1.1 for s_hash)."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from limen.errors import InvalidRequest, UnauthorizedClient
from limen.model.client import Client
from limen.model.grant import Grant
from limen.model.person import Person
from limen.model.tenant import Tenant
from limen.ports.keys import ClientKeys, Jose, Keys
from limen.ports.world import Entropy
from limen.protocol.algorithms import DEFAULT_ENC
from limen.protocol.claims import ClaimsParameter, asked, of_scope, released
from limen.protocol.profile import is_fapi
from limen.protocol.subject import pairwise_input
from limen.tokens.authorization import Authorization, Call
from limen.tokens.hmac_secret import hmac_secret
from limen.tokens.jti import jti_of

_CIBA = "urn:openid:params:jwt:claim:"  # CIBA Core §10.3.1
_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


def half_hash(value: str, alg: str) -> str:
    """Return at_hash, c_hash or s_hash of `value`: the left half of the hash of the JWS algorithm."""
    # EdDSA (Ed25519) hashes with SHA-512.
    full = _HASHES.get(alg[-3:], hashlib.sha512)(value.encode()).digest()
    return base64.urlsafe_b64encode(full[: len(full) // 2]).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class IdTokens:
    """Builds, signs and, where the client wants it, encrypts."""

    keys: Keys
    jose: Jose
    client_keys: ClientKeys
    entropy: Entropy

    def subject(self, tenant: Tenant, client: Client, sub: str) -> str:
        """Return the subject this client sees (OIDC Core §8)."""
        if client.subject_type == "pairwise":
            return self.keys.pairwise(tenant.tenant_id, pairwise_input(client, sub))
        return sub

    async def write(
        self, authorization: Authorization, call: Call, *, access_token: str | None, alone: bool = False
    ) -> str:
        """Return the ID token of an authorization that has a person and a grant.

        `alone` says that no access token will ever follow, so that userinfo cannot be asked.
        """
        alg = call.client.id_token_signed_response_alg
        grant, person = authorization.grant, authorization.person
        if grant is None or person is None:
            raise InvalidRequest("an ID token needs a person")
        claims = {
            **self._person_claims(person, authorization, call, alone=alone),
            **_session_claims(grant, call),
            **self._hashes(authorization, access_token, alg),
            "iss": call.tenant.issuer,
            "sub": self.subject(call.tenant, call.client, person.sub),
            "aud": self._audience(call),
            "azp": call.client.client_id,
            "iat": call.now,
            "exp": call.now + call.policy.id_token_lifetime,
            "jti": jti_of(self.entropy.identifier(), grant.grant_id),
        }
        if authorization.nonce is not None:
            claims["nonce"] = authorization.nonce
        if authorization.act is not None:
            claims["act"] = authorization.act
        return await self.protect(call.tenant, call.client, claims)

    async def protect(self, tenant: Tenant, client: Client, claims: Mapping[str, Any]) -> str:
        """Sign as the client registered, then encrypt when it registered that, too."""
        signed = self.sign(tenant, client, client.id_token_signed_response_alg, "JWT", claims)
        alg = client.id_token_encrypted_response_alg
        if alg is None:
            return signed
        enc = client.id_token_encrypted_response_enc
        return await self.encrypt(client, signed, alg=alg, enc=enc, cty="JWT")

    def sign(self, tenant: Tenant, client: Client, alg: str, typ: str, claims: Mapping[str, Any]) -> str:
        """Return a JWS by the tenant's key, or by the client's secret for HMAC (OIDC Core §10.1)."""
        if alg == "none" and "alg_none" not in tenant.legacy:
            raise UnauthorizedClient("unsigned tokens are switched off here")
        if alg == "none":
            parts = (orjson.dumps({"alg": "none", "typ": typ}), orjson.dumps(claims))
            return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts) + "."
        try:
            if alg.startswith("HS"):
                secret = hmac_secret(self.keys, client, now=claims.get("iat", 0))
                return self.jose.sign_hmac(alg, typ, claims, secret)
            return self.keys.sign(tenant.tenant_id, alg, typ, claims)
        except LookupError:
            raise InvalidRequest(
                "there is no key for the signature the client registered", detail=alg
            ) from None

    async def encrypt(self, client: Client, text: str, *, alg: str, enc: str | None, cty: str | None) -> str:
        """Return a JWE to one of the client's keys."""
        jwks = await self.client_keys.of(client)
        encrypted = self.jose.encrypt(text, jwks, alg=alg, enc=enc or DEFAULT_ENC, cty=cty)
        if encrypted is None:
            raise InvalidRequest("the client has no key to encrypt to", detail=f"alg {alg}")
        return encrypted

    def _audience(self, call: Call) -> str | list[str]:
        if not call.policy.id_token_audience:
            return call.client.client_id
        audience = list(dict.fromkeys((call.client.client_id, *call.policy.id_token_audience)))
        return audience[0] if len(audience) == 1 else audience

    def _hashes(self, authorization: Authorization, access_token: str | None, alg: str) -> dict[str, Any]:
        claims: dict[str, Any] = {}
        if access_token is not None:
            claims["at_hash"] = half_hash(access_token, alg)
        if authorization.code is not None:
            claims["c_hash"] = half_hash(authorization.code, alg)
        if authorization.state is not None:
            claims["s_hash"] = half_hash(authorization.state, alg)
        if authorization.auth_req_id is not None:
            claims[f"{_CIBA}auth_req_id"] = authorization.auth_req_id
            if authorization.refresh_token is not None:
                claims[f"{_CIBA}rt_hash"] = half_hash(authorization.refresh_token, alg)
        return claims

    def _person_claims(
        self, person: Person, authorization: Authorization, call: Call, *, alone: bool
    ) -> dict[str, Any]:
        """OIDC Core §5.4: claims of scopes wait for userinfo, unless no access token can ask there."""
        grant = authorization.grant
        claims: dict[str, Any] = {}
        if grant is not None and grant.claims:
            wanted = ClaimsParameter.of(grant.claims).id_token
            claims = asked(wanted, released(call.tenant, person, wanted))
        if alone or call.policy.claims_in_id_token:
            claims |= released(call.tenant, person, of_scope(call.tenant, authorization.scope))
        return claims


def _session_claims(grant: Grant, call: Call) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    if grant.auth_time:
        claims["auth_time"] = grant.auth_time
    if grant.acr:
        claims["acr"] = grant.acr
    if grant.amr:
        claims["amr"] = grant.amr
    # A financial-grade token holds only what was asked for.
    if grant.session_id and not is_fapi(call.policy.security_profile):
        claims["sid"] = grant.session_id
    return claims
