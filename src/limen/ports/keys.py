"""Keys by purpose: nobody above `crypto` ever holds key material."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from limen.model.client import Client

Claims = Mapping[str, Any]
UNTYPED = ("JWT", None)  # a JWT that does not say what it is for


class Keys(Protocol):
    """A tenant's own keys. `load` first; everything else is immediate."""

    async def load(self, tenant_id: str) -> None:
        """Make the tenant's keys usable here, creating those a new tenant lacks."""
        ...

    def forget(self, tenant_id: str) -> None:
        """Read the tenant's keys again at the next `load`."""
        ...

    def sign(self, tenant_id: str, alg: str, typ: str, claims: Claims) -> str:
        """Return a compact JWS with the tenant's active key for `alg`; LookupError when it has none."""
        ...

    def algorithms(self, tenant_id: str) -> tuple[str, ...]:
        """Return the algorithms the tenant has active keys to sign with."""
        ...

    def jwks(self, tenant_id: str) -> Mapping[str, Any]:
        """Return the public JWK Set: next, active and retiring keys."""
        ...

    def verify(self, tenant_id: str, token: str, *, typ: str | None) -> dict[str, Any] | None:
        """Return the claims of a JWS this tenant signed, whatever their dates; None when it did not."""
        ...

    def decrypt(self, tenant_id: str, token: str, *, algs: Sequence[str], encs: Sequence[str]) -> str | None:
        """Return the plaintext of a compact JWE sent to this tenant, or None."""
        ...

    def seal(self, tenant_id: str, purpose: str, content: bytes, *, again: bytes | None = None) -> str:
        """Return `content` as an opaque, authenticated, unreserved-alphabet string with the purpose's prefix.

        With `again`, the same content and `again` always seal to the same string.
        """
        ...

    def open(self, tenant_id: str, purpose: str, sealed: str) -> bytes | None:
        """Return what `seal` was given, or None for anything else."""
        ...

    def pairwise(self, tenant_id: str, text: str) -> str:
        """Return a keyed digest of `text` (OIDC Core §8.1)."""
        ...

    async def rotate(self, tenant_id: str, use: str, alg: str | None = None) -> None:
        """Publish a successor of each active key of `use` (sig, enc, seal), which takes over later."""
        ...

    async def add(self, tenant_id: str, use: str, alg: str) -> None:
        """Make an active key for one more algorithm; nothing when there is one."""
        ...

    async def rewrap(self, tenant_id: str) -> int:
        """Put what an older master key closed into envelopes of the current one; return how many."""
        ...

    async def retire_older(self) -> bool:
        """Let servers start without the older master keys; False while one of them still closes a key."""
        ...


class Jose(Protocol):
    """Other people's keys and tokens, behind one strict wrapper (RFC 8725)."""

    def header(self, token: str) -> dict[str, Any] | None:
        """Return the protected header of a well-formed compact JWS or JWE, unverified; else None."""
        ...

    def peek(self, token: str) -> dict[str, Any] | None:
        """Return the unverified claims of a well-formed JWS, to learn whose key to ask for; else None."""
        ...

    def verify(
        self, token: str, jwks: Mapping[str, Any], *, algs: Sequence[str], typs: Sequence[str | None]
    ) -> dict[str, Any] | None:
        """Return the claims when one of `jwks` signed with one of `algs` under an allowed type; else None."""
        ...

    def verify_hmac(
        self, token: str, secret: str, *, algs: Sequence[str], typs: Sequence[str | None] = UNTYPED
    ) -> dict[str, Any] | None:
        """Return the claims of a JWS of an allowed type, keyed by a client's secret; else None."""
        ...

    def sign_hmac(self, alg: str, typ: str, claims: Claims, secret: str) -> str:
        """Return a compact JWS keyed by a client's secret (OIDC Core §10.1)."""
        ...

    def verify_embedded(
        self, token: str, *, algs: Sequence[str], typ: str
    ) -> tuple[dict[str, Any], str] | None:
        """Return claims and JWK thumbprint of a JWS with its key in the header (RFC 9449 §4); else None."""
        ...

    def encrypt(
        self, text: str, jwks: Mapping[str, Any], *, alg: str, enc: str, cty: str | None
    ) -> str | None:
        """Return a compact JWE to one of `jwks`, or None when none of them fits."""
        ...

    def can_verify(self, jwks: Mapping[str, Any], algs: Sequence[str]) -> bool:
        """Tell whether the set has a key for signatures with one of `algs`."""
        ...

    def check_jwks(self, jwks: Mapping[str, Any]) -> str | None:
        """Return why a client's JWK Set is unacceptable (private, weak or malformed keys), or None."""
        ...


class ClientKeys(Protocol):
    """The public keys of a client: registered, or fetched from its jwks_uri."""

    async def of(self, client: Client, *, kid: str | None = None) -> Mapping[str, Any]:
        """Return the client's JWK Set, fetched again when `kid` is unknown; empty when there is none."""
        ...
