"""What `limen doctor` looks at, one function for each check; none changes anything."""

import asyncio
import json
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from limen.cli.acting import Silence
from limen.cli.place import Place
from limen.config import Config, ConfigError, is_below, is_loopback, production_problems
from limen.crypto.master import WrongMasterKey
from limen.errors import TemporarilyUnavailable
from limen.ports import Ports
from limen.storage.errors import StorageError

_SKEW = 5
_SOON = timedelta(days=30)
_SLOW_HASH, _FAST_HASH = 1.0, 0.005
_FEW_FILES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`level` is ok, warning or failure."""

    check: str
    level: str
    told: str
    fix: str = ""


async def examine(place: Place) -> list[Finding]:
    """Return what all checks found; without a readable configuration, that alone."""
    try:
        config = place.read()
    except ConfigError as wrong:
        return [Finding(check="D01", level="failure", told=problem) for problem in wrong.problems]
    findings = [Finding(check="D01", level="ok", told=f"{place.path} can be read")]
    findings += [*_fitness(config), *_issuer(config), *_tls(config), *_process()]
    findings += [found async for found in _store(config)]
    findings += await asyncio.to_thread(lambda: list(_public(config)))
    return sorted(findings, key=lambda finding: finding.check)


def _fitness(config: Config) -> Iterator[Finding]:
    problems = production_problems(config)
    for problem in problems:
        yield Finding(check="D02", level="failure", told=problem)
    if config.development:
        yield Finding(
            check="D02", level="warning", told="made by `limen dev`", fix="limen init for a real server"
        )
    elif not problems:
        yield Finding(
            check="D02", level="ok", told="fit to serve: issuer, proxies, file permissions, master key"
        )
    if config.server.trusted_proxies and not config.issuer.startswith("https:"):
        yield Finding(check="D05", level="warning", told="proxies are trusted, but the issuer is not https")


def _issuer(config: Config) -> Iterator[Finding]:
    host = urlsplit(config.issuer).hostname or ""
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        yield Finding(
            check="D03", level="failure", told=f"the name {host!r} cannot be resolved", fix="mend DNS"
        )
    else:
        yield Finding(check="D03", level="ok", told=f"{host} resolves")


def _tls(config: Config) -> Iterator[Finding]:
    path = config.server.tls_certificate
    if not path:
        if not is_loopback(config.server.bind):
            told = f"{config.server.bind} is listened on without TLS"
            yield Finding(
                check="D06", level="warning", told=told, fix="put a proxy before it, or set tls_certificate"
            )
        return
    from cryptography import x509

    from limen.http.tls import Tls, context_of
    from limen.http.unusable import Unusable

    try:
        context_of(Tls(certificate=path, key=config.server.tls_key))
    except Unusable as wrong:
        fix = "see server.tls_certificate, tls_key"
        yield Finding(check="D06", level="failure", told=str(wrong), fix=fix)
        return
    ends = x509.load_pem_x509_certificate(Path(path).read_bytes()).not_valid_after_utc
    left = ends - datetime.now(UTC)
    level = "failure" if left < timedelta() else "warning" if left < _SOON else "ok"
    yield Finding(check="D06", level=level, told=f"the certificate ends {ends:%Y-%m-%d}")


def _process() -> Iterator[Finding]:
    import resource

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    level = "warning" if files < _FEW_FILES else "ok"
    fix = "raise it: ulimit -n, LimitNOFILE" if level == "warning" else ""
    yield Finding(check="D13", level=level, told=f"{files} files and connections may be open", fix=fix)


async def _store(config: Config) -> AsyncIterator[Finding]:
    from limen.app.ports import open_ports

    began = time.perf_counter()
    try:
        async with open_ports(config, Silence()) as ports:
            await ports.storage.check()
            took = round((time.perf_counter() - began) * 1000)
            yield Finding(check="D08", level="ok", told=f"the database answers; opened in {took} ms")
            yield Finding(check="D10", level="ok", told="the master key is the database's")
            async for found in _tenants(config, ports):
                yield found
            yield await _hashing(ports)
    except WrongMasterKey as wrong:
        yield Finding(check="D10", level="failure", told=str(wrong), fix="put back the key it was made with")
    except ConfigError as wrong:
        yield Finding(check="D10", level="failure", told=str(wrong))
    except (StorageError, OSError) as wrong:
        yield Finding(check="D08", level="failure", told=str(wrong), fix="see database.url")
    except TemporarilyUnavailable as busy:
        yield Finding(check="D08", level="failure", told=busy.detail, fix="start it, or see database.url")


async def _tenants(config: Config, ports: Ports) -> AsyncIterator[Finding]:
    tenants = await ports.storage.tenants()
    if not tenants:
        yield Finding(check="D11", level="failure", told="there is no tenant", fix="limen tenant create ''")
    for tenant in tenants:
        name = tenant.name or "(root)"
        await ports.keys.load(tenant.tenant_id)
        algorithms = " ".join(ports.keys.algorithms(tenant.tenant_id))
        yield Finding(check="D11", level="ok", told=f"{name} signs with {algorithms}")
        if not is_below(tenant.issuer, config.issuer):
            told = f"{name} has the issuer {tenant.issuer}, which is not below {config.issuer}"
            yield Finding(
                check="D11", level="failure", told=told, fix="put back the former issuer in limen.toml"
            )
        if tenant.development and not config.development:
            yield Finding(check="D02", level="failure", told=f"{name} was made for development")


async def _hashing(ports: Ports) -> Finding:
    began = time.perf_counter()
    await ports.passwords.hash("how long does it take")
    took = time.perf_counter() - began
    level = "ok" if _FAST_HASH < took < _SLOW_HASH else "warning"
    return Finding(check="D13", level=level, told=f"hashing a password takes {took * 1000:.0f} ms")


def _unanswered(url: str, wrong: Exception) -> Finding:
    reason = getattr(wrong, "reason", wrong)  # URLError wraps what really happened
    fix = "limen serve"
    if isinstance(wrong, urllib.error.HTTPError):
        reason, fix = f"{wrong.code} {reason}", "see the proxy: Host must come through as it was asked for"
    elif isinstance(reason, ssl.SSLCertVerificationError):
        fix = "a certificate that applications trust; SSL_CERT_FILE names an authority of your own"
    return Finding(check="D04", level="warning", told=f"{url} does not answer: {reason}", fix=fix)


def _public(config: Config) -> Iterator[Finding]:
    """Look at ourselves as others do: the discovery document must name this very issuer."""
    url = f"{config.issuer}/.well-known/openid-configuration"
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310 -- our own configured address
            document: Any = json.loads(answer.read(65_536))
            date = answer.headers.get("Date")
    except (OSError, ValueError) as wrong:
        yield _unanswered(url, wrong)
        return
    found = document.get("issuer") if isinstance(document, dict) else None
    if found not in {config.issuer, f"{config.issuer}/oauth2/token"}:
        yield Finding(
            check="D04",
            level="failure",
            told=f"{url} names the issuer {found!a}",
            fix="see issuer, and the proxy",
        )
        return
    yield Finding(check="D04", level="ok", told="discovery names the issuer, byte for byte")
    if date:
        skew = abs((datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds())
        yield Finding(
            check="D07", level="ok" if skew < _SKEW else "warning", told=f"the clocks differ by {skew:.0f} s"
        )
