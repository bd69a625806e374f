"""session_state and the browser state it is made of (OIDC Session Management §2, §3.1)."""

import hashlib
from functools import lru_cache
from urllib.parse import urlsplit


@lru_cache(maxsize=1024)  # of the redirect URIs that clients have registered
def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, as browsers write an origin."""
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, default) else "")


def session_state(client_id: str, redirect_uri: str, browser_state: str, salt: str) -> str:
    """Return the value the check_session_iframe compares with: a salted hash, then the salt."""
    text = f"{client_id} {origin_of(redirect_uri)} {browser_state} {salt}"
    return f"{hashlib.sha256(text.encode()).hexdigest()}.{salt}"
