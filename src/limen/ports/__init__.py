"""What the rooms need from the world, bundled for the registries. Adapters implement it."""

from dataclasses import dataclass

from limen.ports.certificates import Certificates
from limen.ports.events import Events
from limen.ports.keys import ClientKeys, Jose, Keys
from limen.ports.outbound import Fetcher
from limen.ports.passwords import Passwords
from limen.ports.storage import Storage
from limen.ports.world import Clock, Entropy


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything a room may be given."""

    storage: Storage
    keys: Keys
    jose: Jose
    client_keys: ClientKeys
    passwords: Passwords
    fetcher: Fetcher
    events: Events
    clock: Clock
    entropy: Entropy
    certificates: Certificates | None = None  # None: no authority issues certificates to clients
