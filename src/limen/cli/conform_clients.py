"""The applications a conformance run registers beforehand (RFC 7591 §2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from limen.cli.conform_credentials import Seat
from limen.protocol.registered_values import CIBA

AUTHENTICATION = {"private_key_jwt": "private_key_jwt", "mtls": "tls_client_auth"}
CONSTRAINTS = ("dpop", "mtls")
DELIVERIES = ("poll", "ping")
FAPI2_PROFILES = {"fapi2": "fapi2-security", "fapi2-signed": "fapi2-message-signing"}
_EVERY_RESPONSE = (
    "code", "id_token", "id_token token", "code id_token", "code token", "code id_token token",
)  # fmt: skip
# The second client of the FAPI plans returns to an address with a query.
_QUERY = "?dummy1=lorem&dummy2=ipsum"
_CERTIFIED = {"tls_client_certificate_bound_access_tokens": True, "limen_token_binding_type": "certificate"}
_BOUND: Mapping[str, Mapping[str, Any]] = {
    "dpop": {"dpop_bound_access_tokens": True, "limen_token_binding_type": "dpop"},
    "mtls": _CERTIFIED,
}
_FAPI1 = {
    "grant_types": ["authorization_code", "implicit", "refresh_token"],
    "response_types": ["code id_token", "code"],
    "limen_security_profile": "fapi1-advanced",
    **_CERTIFIED,
}
_FAPI2 = {
    "grant_types": ["authorization_code", "client_credentials", "refresh_token"],
    "response_types": ["code"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Where the suite runs and the name its plans go by: `alias` is part of its callback address."""

    base: str
    alias: str

    def named(self, kind: str) -> "Suite":
        """Return the same suite for one kind of plan, so that plans of two kinds can run side by side."""
        return replace(self, alias=f"{self.alias}-{kind}")

    @property
    def callback(self) -> str:
        """Return the address to come back to."""
        return f"{self.base}/test/a/{self.alias}/callback"

    @property
    def callbacks(self) -> str:
        """Return the pattern of the addresses to come back to, under whatever name."""
        return f"{self.base}/test/*/callback*"

    @property
    def notification(self) -> str:
        """Return the address to tell of finished requests (CIBA Core §10.2)."""
        return f"{self.base}/test/a/{self.alias}/ciba-notification-endpoint"


Metadata = dict[str, Any]


def applications(suite: Suite, seats: tuple[Seat, Seat]) -> Iterator[tuple[str, Metadata]]:
    """Yield client_id and metadata of every application."""
    static = suite.named("static")
    for name in ("basic-1", "basic-2"):
        yield name, _plain(static, "client_secret_basic")
    yield "post-1", _plain(static, "client_secret_post")
    for seat in seats:
        for kind, metadata in _financial(suite, seat):
            yield f"{kind}-{seat.number}", metadata


def _plain(suite: Suite, method: str) -> Metadata:
    return {
        "client_name": "Conformance, registered",
        "redirect_uris": [suite.callback],
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "response_types": list(_EVERY_RESPONSE),
        "token_endpoint_auth_method": method,
    }


def _financial(suite: Suite, seat: Seat) -> Iterator[tuple[str, Metadata]]:
    for auth, method in AUTHENTICATION.items():
        known = _known(seat, method)
        yield f"fapi1-{auth}", {**known, **_returning(suite.named(f"fapi1-{auth}"), seat), **_FAPI1}
        for constraint in CONSTRAINTS:
            for prefix, profile in FAPI2_PROFILES.items():
                kind = f"{prefix}-{auth}-{constraint}"
                held = {**_FAPI2, **_BOUND[constraint], "limen_security_profile": profile}
                yield kind, {**known, **_returning(suite.named(kind), seat), **held}
        for mode in DELIVERIES:
            kind = f"ciba-{auth}-{mode}"
            yield kind, {**known, **_ciba(suite.named(kind), mode)}


def _returning(suite: Suite, seat: Seat) -> Metadata:
    return {"redirect_uris": [suite.callback + (_QUERY if seat.number > 1 else "")]}


def _known(seat: Seat, method: str) -> Metadata:
    """What every financial-grade client has in common."""
    known: Metadata = {
        "client_name": f"Conformance {seat.number}",
        "token_endpoint_auth_method": method,
        "jwks": {"keys": [seat.public_jwk]},
        "id_token_signed_response_alg": "PS256",
        "authorization_signed_response_alg": "PS256",
        "request_object_signing_alg": "PS256",
    }
    if method == "tls_client_auth":
        known["tls_client_auth_subject_dn"] = seat.subject
    else:
        known["token_endpoint_auth_signing_alg"] = "PS256"
    return known


def _ciba(suite: Suite, mode: str) -> Metadata:
    metadata: Metadata = {
        "grant_types": [CIBA, "refresh_token"],
        "response_types": [],
        "backchannel_token_delivery_mode": mode,
        "backchannel_authentication_request_signing_alg": "PS256",
        "tls_client_certificate_bound_access_tokens": True,
        "limen_security_profile": "fapi-ciba",
    }
    if mode == "ping":
        metadata["backchannel_client_notification_endpoint"] = suite.notification
    return metadata
