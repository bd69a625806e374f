"""Other people's tokens and keys: joserfc behind one strict wrapper (RFC 7515, 7516, 7517, 8725; ADR 0021).

Rules of this file: what the caller allows is law and what a header says is a claim; sizes and
well-formedness are judged before keys, keys before signatures; whatever fails is None, never an exception.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from joserfc import jws as joserfc_jws
from joserfc.errors import JoseError

from limen.crypto import base64url
from limen.crypto.encryption import encrypt
from limen.crypto.foreign_keys import PublicKey, candidates, complaint, fits, is_private, take, thumbprint
from limen.crypto.mac import mac, verify_mac
from limen.crypto.segments import Jws, short_type, split_jwe, split_jws, type_of
from limen.ports.keys import UNTYPED, Claims
from limen.protocol.algorithms import ENCRYPTION_ALGS, ENCRYPTION_ENCS, plain_name
from limen.protocol.strict_json import read_object

VERIFIABLE = frozenset({
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
})  # fmt: skip
_FAILURES = (JoseError, ValueError, TypeError, OverflowError)


class StrictJose:
    """ports.keys.Jose; it keeps nothing."""

    def header(self, token: str) -> dict[str, Any] | None:
        parts = split_jws(token) or split_jws(token, embedded=True) or split_jwe(token)
        return parts.header if parts else None

    def peek(self, token: str) -> dict[str, Any] | None:
        jws = split_jws(token)
        return read_object(jws.payload) if jws else None

    def verify(
        self, token: str, jwks: Mapping[str, Any], *, algs: Sequence[str], typs: Sequence[str | None]
    ) -> dict[str, Any] | None:
        payload = verified_payload(token, jwks, algs=algs, typs=typs)
        return None if payload is None else read_object(payload)

    def verify_hmac(
        self, token: str, secret: str, *, algs: Sequence[str], typs: Sequence[str | None] = UNTYPED
    ) -> dict[str, Any] | None:
        jws = split_jws(token)
        if jws is None or not _is_of_type(jws, typs):
            return None
        return verify_mac(token, secret.encode(), algs=algs)

    def sign_hmac(self, alg: str, typ: str, claims: Claims, secret: str) -> str:
        header = {"alg": alg} | ({"typ": typ} if typ else {})
        signed = f"{base64url.encode(orjson.dumps(header))}.{base64url.encode(orjson.dumps(claims))}"
        return f"{signed}.{base64url.encode(mac(alg, secret.encode(), signed.encode()))}"

    def verify_embedded(
        self, token: str, *, algs: Sequence[str], typ: str
    ) -> tuple[dict[str, Any], str] | None:
        jws = split_jws(token, embedded=True)
        if jws is None or not _is_allowed(jws, algs, (typ,)):
            return None
        key = jws.header["jwk"]
        # RFC 9449 §4.3: a proof that shows its private key proves nothing.
        if not isinstance(key, dict) or is_private(key) or not fits(key, jws.header["alg"], "sig"):
            return None
        claims = read_object(jws.payload) if _is_signed(jws, take(key)) else None
        return None if claims is None else (claims, thumbprint(key))

    def encrypt(
        self, text: str, jwks: Mapping[str, Any], *, alg: str, enc: str, cty: str | None
    ) -> str | None:
        if alg not in ENCRYPTION_ALGS or enc not in ENCRYPTION_ENCS:
            return None
        for key in candidates(jwks, alg, None, "enc"):
            public, kid = take(key), key.get("kid")
            if public is None:
                continue
            header = {"alg": alg, "enc": enc}
            header |= {"kid": kid} if isinstance(kid, str) else {}
            header |= {"cty": cty} if cty else {}
            return encrypt(text, public, header)
        return None

    def can_verify(self, jwks: Mapping[str, Any], algs: Sequence[str]) -> bool:
        return any(take(key) is not None for alg in algs for key in candidates(jwks, alg, None, "sig"))

    def check_jwks(self, jwks: Mapping[str, Any]) -> str | None:
        return complaint(jwks)


def verified_payload(
    token: str, jwks: Mapping[str, Any], *, algs: Sequence[str], typs: Sequence[str | None]
) -> bytes | None:
    """Return what one of `jwks` signed, whatever it is, or None."""
    jws = split_jws(token)
    if jws is None or not _is_allowed(jws, algs, typs):
        return None
    for key in candidates(jwks, jws.header["alg"], jws.header.get("kid"), "sig"):
        if _is_signed(jws, take(key)):
            return jws.payload
    return None


def _is_allowed(jws: Jws, algs: Sequence[str], typs: Sequence[str | None]) -> bool:
    alg = jws.header["alg"]
    return plain_name(alg) in map(plain_name, algs) and alg in VERIFIABLE and _is_of_type(jws, typs)


def _is_of_type(jws: Jws, typs: Sequence[str | None]) -> bool:
    return type_of(jws.header) in {None if typ is None else short_type(typ) for typ in typs}


def _is_signed(jws: Jws, key: PublicKey | None) -> bool:
    if key is None:
        return False
    # joserfc's own parser is bypassed: the header was read once, strictly, and is not read again.
    algorithm = joserfc_jws.JWSRegistry.algorithms[jws.header["alg"]]
    try:
        algorithm.check_key(key)
        return algorithm.verify(jws.signed, jws.signature, key)
    except _FAILURES:
        return False
