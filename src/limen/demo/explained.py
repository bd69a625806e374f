"""Members of tokens in plain words (RFC 7519 §4.1, OIDC Core §2, §5.1)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

_MEANINGS: Mapping[str, str] = {
    "alg": "How it is signed",
    "kid": "Which of the server’s keys signed it",
    "typ": "What kind of token it is",
    "iss": "Who issued it",
    "sub": "The person, by a name that never changes",
    "aud": "Whom it is for",
    "azp": "The app it was issued to",
    "nonce": "Ties it to this one sign-in",
    "acr": "How strongly the person proved who they are",
    "amr": "By which means: pwd is a password",
    "sid": "The session, so that a sign-out can find it",
    "at_hash": "Ties the access token to it",
    "c_hash": "Ties the code to it",
    "s_hash": "Ties the state to it",
    "jti": "Its own number",
    "name": "Full name",
    "email_verified": "Whether somebody checked the address",
    "token_type": "How to present the access token",
    "scope": "What the app may do",
}
_MOMENTS: Mapping[str, str] = {
    "iat": "Issued",
    "nbf": "Valid from",
    "exp": "Valid until",
    "auth_time": "The person signed in",
    "updated_at": "The profile was changed",
}
_HIDDEN = {"access_token", "id_token", "refresh_token"}


def rows(members: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return name, value and meaning of each member; tokens have a place of their own on the page."""
    return [
        {"name": name, "value": _shown(value), "meaning": _meaning(name, value)}
        for name, value in members.items()
        if name not in _HIDDEN
    ]


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _meaning(name: str, value: Any) -> str:
    if name in _MOMENTS and isinstance(value, int):
        return f"{_MOMENTS[name]} {datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC"
    if name == "expires_in" and isinstance(value, int):
        return f"The access token ends in {value // 60} min"
    return _MEANINGS.get(name, "")
