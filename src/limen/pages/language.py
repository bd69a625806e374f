"""Which language a page speaks: ui_locales, Accept-Language, English (OIDC Core §3.1.2.1, RFC 4647 §3.4)."""

from collections.abc import Collection, Iterator
from functools import lru_cache


def choose(available: Collection[str], *, ui_locales: str, accept_language: str) -> str:
    """Return the first available language somebody asked for."""
    for wanted in (*ui_locales.split()[:20], *_by_quality(accept_language)):
        for tag in _shortened(wanted):
            if tag in available:
                return tag
    return "en"


@lru_cache(maxsize=64)  # browsers say what their makers set; strangers may say what they like
def _by_quality(accept_language: str) -> tuple[str, ...]:
    """Return the ranges of RFC 9110 §12.5.4, the most wanted first; malformed weights count as unwanted."""
    ranges: list[tuple[float, str]] = []
    for part in accept_language.split(",")[:20]:
        tag, _, weight = part.partition(";")
        quality = _quality(weight.strip())
        if tag.strip() and quality > 0:
            ranges.append((quality, tag.strip()))
    return tuple(tag for _, tag in sorted(ranges, key=lambda ranged: -ranged[0]))


def _quality(weight: str) -> float:
    if not weight:
        return 1.0
    try:
        return float(weight.removeprefix("q="))
    except ValueError:
        return 0.0


def _shortened(tag: str) -> Iterator[str]:
    """Yield the tag and its ever shorter prefixes: de-CH-1996, de-CH, de."""
    parts = tag.lower().split("-")
    for length in range(len(parts), 0, -1):
        yield "-".join(parts[:length])
