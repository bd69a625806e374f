"""Whom we believe about the peer: its address and its certificate (RFC 7239, RFC 9440)."""

import ipaddress
from dataclasses import dataclass, field
from typing import Literal

from limen.http import client_certificate
from limen.http.forwarded import Hop, read_address, read_forwarded, read_list, read_scheme
from limen.http.refused import Refused
from limen.http.response import Headers, Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Family = Literal["forwarded", "x-forwarded"]
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateHeader:
    """The header a proxy tells the client's certificate in: its lower-case name and its form."""

    name: str = "client-cert"
    form: client_certificate.Form = "rfc9440"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """The networks of our proxies, and the one family of headers they speak."""

    networks: tuple[Network, ...] = ()
    family: Family = "x-forwarded"
    certificate: CertificateHeader | None = None
    _known: dict[str, bool] = field(default_factory=dict)

    def peer(self, scope: Scope, fields: Headers, base: str) -> tuple[str, bytes | None]:
        """Return the client's address and certificate (DER); Refused when forged or when in the clear."""
        client, extensions = scope.get("client"), scope.get("extensions")
        host = client[0] if client else ""
        trusted = self._trusts(host) if self.networks else False
        certificate = extensions.get(client_certificate.EXTENSION) if extensions else None
        if self.certificate is not None:
            told = self._told(fields, trusted=trusted)
            # What a proxy shows on its own connection is the proxy's: nobody behind it has that key.
            certificate = told if trusted else certificate
        if base.startswith("https:") and scope.get("scheme") == "http":
            self._check_clear(host, fields, trusted=trusted)
        return (self._source(host, fields) if trusted else host), certificate

    def _trusts(self, host: str) -> bool:
        known = self._known.get(host)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[host] = self._within(read_address(host))
        return known

    def _within(self, address: Hop) -> bool:
        return address is not None and any(address in network for network in self.networks)

    def _source(self, host: str, fields: Headers) -> str:
        """Return the rightmost address that is none of our proxies': nobody we know vouches for the rest."""
        nearest = host
        for hop in reversed(self._hops(fields)):
            if hop is None:
                break
            nearest = str(hop)
            if not self._within(hop):
                break
        return nearest

    def _hops(self, fields: Headers) -> list[Hop]:
        if self.family == "forwarded":
            sent = _values(fields, b"forwarded")
            return read_forwarded(", ".join(sent)) if sent else []
        sent = _values(fields, b"x-forwarded-for")
        return read_list(", ".join(sent)) if sent else []

    def _scheme(self, fields: Headers) -> str:
        if self.family == "forwarded":
            return read_scheme(", ".join(_values(fields, b"forwarded")))
        return next(reversed(_values(fields, b"x-forwarded-proto")), "").lower()

    def _told(self, fields: Headers, *, trusted: bool) -> bytes | None:
        header = self.certificate
        if header is None or not (sent := _values(fields, header.name.encode())):
            return None
        # A proxy that lets a client's own header through would let it be anybody.
        if not trusted or len(sent) > 1:
            raise Refused(400, f"the header field {header.name} is not accepted from here", close=True)
        return client_certificate.read(sent[0], header.form)

    def _check_clear(self, host: str, fields: Headers, *, trusted: bool) -> None:
        """Refuse a request that crossed a network without TLS: what it carried is spent (RFC 9700 §4.18)."""
        if trusted:
            clear = self._scheme(fields) not in {"", "https"}
        else:
            address = read_address(host)
            clear = address is not None and not address.is_loopback
        if clear:
            raise Refused(403, "use https", close=True)


def _values(fields: Headers, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in fields if name == wanted]
