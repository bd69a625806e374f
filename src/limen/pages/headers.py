"""What a browser may do with a page (CSP Level 3, RFC 9700 §4.16, RFC 9700 §4.2.4)."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import urlsplit

from limen.pages.shown import link
from limen.protocol.answer import Page

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; font-src 'self'; "
    "connect-src 'self'; {frames}base-uri 'none'; frame-ancestors {ancestors}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_PERMISSIONS = (
    "publickey-credentials-get=(self), publickey-credentials-create=(self), "
    "camera=(), microphone=(), geolocation=()"
)


def security_headers(page: Page, logo_uri: str | None) -> Mapping[str, str]:
    """Return the headers of `page`. It may load the application's logo and its logout frames, nothing else.

    There is no form-action: browsers apply it to the whole chain of redirects after a form, also to
    those the application makes. Opener policy stays open, for a page may run in an application's popup.
    """
    frames = page.facts.get("frames")
    return _headers(page.name, logo_uri, tuple(origins(frames)) if frames else ())


@lru_cache(maxsize=256)
def _headers(page: str, logo_uri: str | None, frames: tuple[str, ...]) -> Mapping[str, str]:
    images = origins([logo_uri] if logo_uri else [])
    framable = page == "check_session"
    headers = {
        "Content-Security-Policy": _POLICY.format(
            images=" ".join(["'self'", *images]),
            frames=f"frame-src {' '.join(frames)}; " if frames else "",
            ancestors="*" if framable else "'none'",
        ),
        "Cross-Origin-Opener-Policy": "unsafe-none",
        "Permissions-Policy": _PERMISSIONS,
        # With no-referrer a browser says `Origin: null` on our own forms. Only form_post leaves by a form.
        "Referrer-Policy": "no-referrer" if page in {"form_post", "error"} else "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Cache-Control": "no-store",
    }
    return MappingProxyType(headers if framable else headers | {"X-Frame-Options": "DENY"})


def origins(uris: Iterable[str]) -> list[str]:
    """Return the origins of `uris`, each once, without anything that could end a directive."""
    found: dict[str, None] = {}
    for uri in uris:
        if link(uri):
            parts = urlsplit(uri)
            origin = f"{parts.scheme}://{parts.netloc.lower()}"
            if _ORIGIN.fullmatch(origin):
                found[origin] = None
    return list(found)
