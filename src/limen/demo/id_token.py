"""What a client checks of an ID token (OIDC Core §3.1.3.7)."""

from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from limen.demo.cast import CLIENT_ID
from limen.demo.provider import NotDone

_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]


def check(
    id_token: str, jwks: Any, *, issuer: str, nonce: str | None, now: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims; NotDone when the token is not for us, from here, of now and of this request.

    A refreshed ID token need not carry the nonce (OIDC Core §12.2): then `nonce` is None.
    """
    once: dict[str, Any] = {"nonce": {"essential": True, "value": nonce}} if nonce else {}
    wanted = jwt.JWTClaimsRegistry(
        now=now,
        leeway=0,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": CLIENT_ID},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        **once,
    )
    try:
        token = jwt.decode(id_token, KeySet.import_key_set(jwks), algorithms=_ALGORITHMS)
        wanted.validate(token.claims)
    except (JoseError, ValueError) as reason:
        raise NotDone("The ID token did not pass the checks of the app.", description=str(reason)) from None
    return dict(token.header), dict(token.claims)
