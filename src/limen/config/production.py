"""Why a configuration must not serve in earnest (attack rows CF-01, KM-05; OWASP ASVS 13.4)."""

import ipaddress
import stat
from collections.abc import Iterator
from pathlib import Path

from limen.config.values import Config, ConfigError, is_loopback
from limen.crypto.master import WrongMasterKey, read_master_key

_OTHERS_MAY = stat.S_IRWXG | stat.S_IRWXO


def production_problems(config: Config) -> tuple[str, ...]:
    """Return every reason why this must not serve in earnest (attack row CF-01)."""
    problems = []
    if not config.issuer:
        problems.append(
            "issuer: is not set; it is the address under which people and applications see the server"
        )
    elif config.issuer.startswith("http:") and not is_loopback(config.issuer):
        problems.append("issuer: must be https; tokens and passwords would travel in the clear")
    problems += [
        f"server.trusted_proxies: {text} would believe anybody"
        for text in config.server.trusted_proxies
        if ipaddress.ip_network(text).prefixlen == 0
    ]
    if config.server.client_certificate_header and not config.server.trusted_proxies:
        problems.append("server.client_certificate_header: is only believed of server.trusted_proxies")
    for name, path in secret_files(config):
        problems += _file_problems(name, path)
    try:
        master_keys(config)
    except ConfigError as wrong:
        problems += wrong.problems
    return tuple(problems)


def secret_files(config: Config) -> Iterator[tuple[str, Path]]:
    """Return the files nobody else may read."""
    if not config.secrets.master_key:
        yield "secrets.master_key_file", Path(config.secrets.master_key_file)
    for path in config.secrets.older_master_key_files:
        yield "secrets.older_master_key_files", Path(path)
    if config.server.tls_key:
        yield "server.tls_key", Path(config.server.tls_key)


def _file_problems(name: str, path: Path) -> list[str]:
    try:
        mode = path.stat().st_mode
    except OSError:
        return []  # that it cannot be read is said by who reads it
    if mode & _OTHERS_MAY:
        return [f"{name}: others may read {path}; run: chmod 600 {path}"]
    return []


def master_keys(config: Config) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the master key and older ones, or refuse with ConfigError."""
    secrets = config.secrets
    texts = [("secrets.master_key", secrets.master_key)] if secrets.master_key else []
    files = [] if secrets.master_key else [secrets.master_key_file]
    try:
        texts += [(p, Path(p).read_text(encoding="ascii")) for p in (*files, *secrets.older_master_key_files)]
    except (OSError, UnicodeDecodeError) as wrong:
        raise ConfigError(f"secrets: the master key cannot be read: {wrong}") from None
    keys = []
    for name, text in texts:
        try:
            keys.append(read_master_key(text))
        except WrongMasterKey as wrong:
            raise ConfigError(f"{name}: {wrong}") from None
    if any(len(set(key)) == 1 for key in keys):
        raise ConfigError("secrets: the master key is a sample value; make one with: limen init")
    return keys[0], tuple(keys[1:])
