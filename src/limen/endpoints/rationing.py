"""How often strangers at one place may make us store something (RFC 9126 §2.3)."""

from typing import NamedTuple

from limen.errors import TooManyRequests
from limen.ports.storage import Count, Storage
from limen.protocol.throttling import neighbourhood

_WINDOW = 600  # seconds


class Ration(NamedTuple):
    """`most` of `what` within ten minutes."""

    what: str
    most: int


async def count(storage: Storage, ration: Ration, tenant_id: str, source: str, now: int) -> None:
    """Count one more from `source`; refuse with TooManyRequests what is beyond its ration.

    It counts first and then judges, so that many requests at once are no way around the limit.
    """
    bucket = f"{ration.what}:{neighbourhood(source)}"
    await storage.commit(Count(tenant_id=tenant_id, bucket=bucket, now=now, window=_WINDOW))
    counted = await storage.throttle(tenant_id, bucket)
    if counted is not None and counted.failures > ration.most:
        wait = max(1, counted.expires_at - now)
        raise TooManyRequests("too many requests came from one place", retry_after=wait)
