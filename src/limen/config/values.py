"""What the process is told at its start, section by section as in limen.toml (TOML 1.0)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

_ISSUER = re.compile(r"https?://(?P<host>[a-z0-9.-]+|\[[0-9a-f:]+\])(?::(?P<port>[0-9]{1,5}))?")
_LAST_PORT = 65_535
_BIND = re.compile(r"(?P<host>\[[0-9a-f:]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where and how to listen."""

    bind: str = "127.0.0.1:8080"
    admin_bind: str = ""  # a second listener, for health and metrics alone
    workers: int = 1
    tls_certificate: str = ""
    tls_key: str = ""
    tls_client_certificates: bool = False  # ask clients for theirs (RFC 8705)
    tls_client_ca: str = ""
    trusted_proxies: tuple[str, ...] = ()
    proxy_headers: str = "x-forwarded"
    client_certificate_header: str = ""  # its name, and after a space its form: rfc9440, pem or base64
    max_connections: int = 0
    drain: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`url`: sqlite://path, postgresql://… or memory:."""

    url: str = "sqlite://limen.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The master key opens all other keys; older ones still open what they closed."""

    master_key: str = field(default="", repr=False)
    master_key_file: str = "master.key"
    older_master_key_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One JSON object a line, on standard output."""

    level: str = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """Where the server may call: public addresses, and those allowed here."""

    allow: tuple[str, ...] = ()
    ca_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of what one process does at a time."""

    password_threads: int = 0  # 0: one for each core
    password_queue: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the process is told. Paths are absolute. `origins` tells where each value came from."""

    issuer: str = ""
    server: Server = Server()
    database: Database = Database()
    secrets: Secrets = Secrets()
    log: Log = Log()
    outbound: Outbound = Outbound()
    limits: Limits = Limits()
    development: bool = False
    origins: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


class ConfigError(Exception):
    """The configuration cannot be used; `problems` names every reason at once."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


SECTIONS: Mapping[str, type[Any]] = {
    "server": Server,
    "database": Database,
    "secrets": Secrets,
    "log": Log,
    "outbound": Outbound,
    "limits": Limits,
}
TYPES: Mapping[str, Any] = {"issuer": str} | {
    f"{section}.{name}": hint
    for section, kind in SECTIONS.items()
    for name, hint in get_type_hints(kind).items()
}
SECRET_NAMES = frozenset({"secrets.master_key"})


def is_issuer(text: str) -> bool:
    """Tell whether the text can be the server's public address."""
    found = _ISSUER.fullmatch(text)
    return found is not None and int(found["port"] or 0) <= _LAST_PORT


def is_below(issuer: str, base: str) -> bool:
    """Tell whether a tenant's issuer can be served at the server's public address."""
    return issuer == base or issuer.startswith(f"{base}/")


def is_bind(text: str) -> bool:
    """Tell whether the text is host:port."""
    found = _BIND.fullmatch(text)
    return found is not None and int(found["port"]) <= _LAST_PORT


def split_bind(bind: str) -> tuple[str, int]:
    """Return host and port of a checked `bind`."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def is_loopback(address: str) -> bool:
    """Tell whether an issuer or `bind` is only for this machine."""
    found = _ISSUER.fullmatch(address) or _BIND.fullmatch(address)
    return found is not None and found["host"] in _LOOPBACK
