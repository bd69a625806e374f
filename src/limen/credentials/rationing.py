"""How often somebody may make us store something, or call others (RFC 9126 §2.3, RFC 7591 §5)."""

from typing import NamedTuple

from limen.errors import TooManyRequests
from limen.ports.storage import Count, Storage


class Ration(NamedTuple):
    """`most` of `what` within `window` seconds; who asks for more is told `refusal`."""

    what: str
    most: int
    window: int = 600
    refusal: str = "too many requests came from one place"


async def count(storage: Storage, ration: Ration, tenant_id: str, whose: str, now: int) -> None:
    """Count one more of somebody; refuse with TooManyRequests what is beyond the ration.

    It counts first and then judges, so that many requests at once are no way around the limit.
    """
    bucket = f"{ration.what}:{whose}"
    await storage.commit(Count(tenant_id=tenant_id, bucket=bucket, now=now, window=ration.window))
    counted = await storage.throttle(tenant_id, bucket)
    if counted is not None and counted.failures > ration.most:
        raise TooManyRequests(ration.refusal, retry_after=max(1, counted.expires_at - now))
