"""The client's secret as an HMAC key (OIDC Core §10.1, RFC 7523 with client_secret_jwt)."""

from collections.abc import Iterable, Sequence
from typing import Any

from limen.model.client import Client
from limen.ports.keys import UNTYPED, Jose, Keys

PURPOSE = "cs"


def hmac_secret(keys: Keys, client: Client, *, now: int = 0) -> str:
    """Return the newest secret kept for HMAC; LookupError when the client has none."""
    found = hmac_secrets(keys, client, now=now)
    if not found:
        raise LookupError("the client has no secret kept for HMAC")
    return found[0]


def hmac_secrets(keys: Keys, client: Client, *, now: int = 0) -> list[str]:
    """Return every secret kept for HMAC that has not expired, newest first."""
    usable = [s for s in reversed(client.client_secrets) if s.sealed and not 0 < s.expires_at <= now]
    opened = (keys.open(client.tenant_id, PURPOSE, s.sealed or "") for s in usable)
    return [secret.decode() for secret in opened if secret is not None]


def keyed_claims(
    token: str,
    secrets: Iterable[str],
    *,
    jose: Jose,
    algs: Sequence[str],
    typs: Sequence[str | None] = UNTYPED,
) -> dict[str, Any] | None:
    """Return the claims of a JWS of an allowed type that one of the secrets keys; else None."""
    found = (jose.verify_hmac(token, secret, algs=algs, typs=typs) for secret in secrets)
    return next((claims for claims in found if claims is not None), None)
