"""TLS at our own listener (BCP 195, FAPI 2.0 Security Profile §5.2, RFC 8705 §2).

A client's certificate is asked for, never demanded. OpenSSL breaks a handshake off when it cannot build a
chain to something it trusts, and Python offers no callback to let it pass. So certificates that are their
own authority (self_signed_tls_client_auth) are made trust anchors one by one: `trust` may be called at any
time, and PARTIAL_CHAIN lets a certificate be its own anchor. This proves possession of the key, nothing
more; who the certificate stands for is decided by `client_auth`, from the certificate alone.
"""

import contextlib
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from limen.http.unusable import Unusable

# BCP 195 §4.2 for TLS 1.2; those of 1.3 are all fit for use.
_CIPHERS = "ECDHE+AESGCM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Files of our chain and key; the bundle of authorities whose clients may identify themselves, if any."""

    certificate: str
    key: str
    client_certificates: bool = False
    client_authorities: str = ""


def context_of(tls: Tls) -> ssl.SSLContext:
    """Return a server's context: TLS 1.2 and 1.3, forward secrecy and authenticated encryption alone."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(_CIPHERS)
    made.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    made.set_alpn_protocols(["http/1.1"])
    _load_chain(made, tls)
    if tls.client_certificates:
        made.verify_mode = ssl.CERT_OPTIONAL
        made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        if tls.client_authorities:
            _load_authorities(made, tls.client_authorities)
    return made


def _load_chain(made: ssl.SSLContext, tls: Tls) -> None:
    for path in (tls.certificate, tls.key):
        _require_readable(path)
    try:
        made.load_cert_chain(tls.certificate, tls.key, password=_ask_nobody)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise Unusable(f"{tls.key} is not the key of the certificate in {tls.certificate}") from None
        told = f"{tls.certificate} and {tls.key} must be a certificate and its key, in PEM"
        raise Unusable(told) from None


def _load_authorities(made: ssl.SSLContext, path: str) -> None:
    _require_readable(path)
    try:
        made.load_verify_locations(path)
    except ssl.SSLError:
        raise Unusable(f"{path} must hold certificates in PEM") from None


def _require_readable(path: str) -> None:
    """OpenSSL does not say which file it could not read."""
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from None


def _ask_nobody() -> str:
    """Stand in for OpenSSL's prompt: a server starts without a terminal."""
    raise Unusable("the TLS key is encrypted: write it without a pass phrase, for its owner alone to read")


def trust(made: ssl.SSLContext, certificates: Iterable[bytes]) -> None:
    """Let the owners of these certificates (DER) through the handshake from now on."""
    for der in certificates:
        # What a client registered may be anything; who registered no certificate is not let through.
        with contextlib.suppress(ssl.SSLError, ValueError):
            made.load_verify_locations(cadata=der)
