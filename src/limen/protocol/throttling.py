"""How long to make a guesser wait (NIST SP 800-63B §3.2.2, RFC 8628 §5.1)."""

import ipaddress

import msgspec

from limen.model.person import Throttle


class Limit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """So many free failures within `window` seconds, then a delay that doubles up to `longest_delay`."""

    free: int
    first_delay: int
    longest_delay: int
    window: int


def wait_for(throttle: Throttle | None, limit: Limit, now: int) -> int:
    """Return the seconds to wait before the next try; 0: go on."""
    if throttle is None or throttle.expires_at <= now or throttle.failures < limit.free:
        return 0
    doublings = min(throttle.failures - limit.free, 20)
    delay = min(limit.first_delay << doublings, limit.longest_delay)
    return max(0, min(throttle.last_at + delay, throttle.expires_at) - now)


def room_for(throttle: Throttle | None, limit: Limit, now: int) -> int:
    """Return how many may try at once, so that all may fail within the limit; one always may."""
    if throttle is None or throttle.expires_at <= now:
        return limit.free
    return max(1, limit.free - throttle.failures)


def wait_after(tries: Throttle | None, right: Throttle | None, most: int, now: int) -> int:
    """Return the seconds until a window ends in which more than `most` tries were not right; 0: go on.

    The try in question counts already, so that many at once are no way around the limit.
    """
    if tries is None or tries.expires_at <= now:
        return 0
    wrong = tries.failures - (right.failures if right is not None else 0)
    return tries.expires_at - now if wrong > most else 0


def neighbourhood(source: str) -> str:
    """Return what one guesser can call their own: an IPv4 address or an IPv6 network (RFC 4291 §2.5.1)."""
    if ":" not in source:
        return source
    try:
        address = ipaddress.IPv6Address(source)
    except ValueError:
        return source
    return str(ipaddress.ip_network((int(address), 64), strict=False))
