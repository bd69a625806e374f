"""Open what the rooms need, as the configuration says: the store, the keys, the way out."""

import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from limen.config import Config, ConfigError, master_keys
from limen.crypto.certificates import Authorities, InvalidCertificate, parse
from limen.crypto.jose import StrictJose
from limen.crypto.keyring import Keyring
from limen.crypto.master import MasterKey
from limen.crypto.passwords import ArgonPasswords
from limen.crypto.proving import prove
from limen.outbound.client_keys import FetchedClientKeys
from limen.outbound.fetch import GuardedFetcher
from limen.ports import Ports
from limen.ports.events import Events
from limen.storage import open_storage
from limen.system import SystemClock, SystemEntropy


@asynccontextmanager
async def open_ports(
    config: Config, events: Events, *, heard: Callable[[str, str, str], None] | None = None
) -> AsyncIterator[Ports]:
    """Give the ports, closed at the end; or ConfigError, StorageError, WrongMasterKey.

    `heard(topic, tenant_id, key)` is called for the store's news.
    """
    clock, entropy = SystemClock(), SystemEntropy()
    master = _master(config, entropy)
    async with AsyncExitStack() as opened:
        storage = await open_storage(config.database.url, clock=clock)
        opened.push_async_callback(storage.close)
        await prove(storage, master, now=clock.now())
        keys = Keyring(storage, master, clock=clock, entropy=entropy)
        storage.subscribe(lambda topic, tenant_id, _: keys.forget(tenant_id) if topic == "key" else None)
        if heard is not None:
            storage.subscribe(heard)
        passwords = _passwords(config, entropy)
        opened.callback(passwords.close)
        fetcher = _fetcher(config, events, clock)
        opened.push_async_callback(fetcher.close)
        yield Ports(
            storage=storage,
            keys=keys,
            jose=StrictJose(),
            client_keys=FetchedClientKeys(fetcher, clock),
            passwords=passwords,
            fetcher=fetcher,
            events=events,
            clock=clock,
            entropy=entropy,
            certificates=_authorities(config.server.tls_client_ca),
        )


def _master(config: Config, entropy: SystemEntropy) -> MasterKey:
    current, older = master_keys(config)
    return MasterKey(current, entropy, older=older)


def _passwords(config: Config, entropy: SystemEntropy) -> ArgonPasswords:
    limits = config.limits
    threads = limits.password_threads or os.cpu_count() or 1
    return ArgonPasswords(entropy, cores=threads, queue=limits.password_queue)


def _fetcher(config: Config, events: Events, clock: SystemClock) -> GuardedFetcher:
    allow, ca_file = config.outbound.allow, config.outbound.ca_file or None
    try:
        if ca_file is not None:  # now, not at the first call in some days
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca_file)
    except ssl.SSLError:
        raise ConfigError(f"outbound.ca_file: {ca_file} must hold certificates in PEM") from None
    except OSError as error:
        raise ConfigError(f"outbound.ca_file: {ca_file} cannot be read: {error.strerror}") from None
    try:
        return GuardedFetcher(clock=clock, events=events, allow=allow, ca_file=ca_file)
    except ValueError as wrong:
        raise ConfigError(f"outbound.allow: {wrong}") from None


def _authorities(file: str) -> Authorities | None:
    """Return who may issue certificates to clients; None when nobody may (RFC 8705 §2.1)."""
    if not file:
        return None
    try:
        return Authorities(parse(Path(file).read_bytes()))
    except OSError as error:
        raise ConfigError(f"server.tls_client_ca: {file} cannot be read: {error.strerror}") from None
    except InvalidCertificate as wrong:
        raise ConfigError(f"server.tls_client_ca: {file}: {wrong}") from None
