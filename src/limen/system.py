"""System clock and randomness: the only file that reads either (identifiers sort as in RFC 9562 §5.7)."""

import os
import time
from binascii import b2a_base64

_TO_URL = bytes.maketrans(b"+/", b"-_")


class SystemClock:
    """The clock of the machine."""

    def now(self) -> int:
        return int(time.time())


class SystemEntropy:
    """The kernel's generator, asked each time: a forked worker can never repeat its parent."""

    def handle(self) -> str:
        return b2a_base64(os.urandom(32), newline=False).translate(_TO_URL)[:43].decode("ascii")

    def identifier(self) -> str:
        # Milliseconds first, so that new rows go to the end of an index.
        return (time.time_ns() // 1_000_000).to_bytes(6, "big").hex() + os.urandom(10).hex()

    def octets(self, count: int) -> bytes:
        return os.urandom(count)
