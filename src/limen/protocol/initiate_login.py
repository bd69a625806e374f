"""Sending a browser to an app so that it begins a sign-in here (OIDC Core §4)."""

from urllib.parse import urlencode, urlsplit

from limen.model.client import Client


def initiate_login_url(
    client: Client, issuer: str, *, target_link_uri: str | None = None, login_hint: str | None = None
) -> str | None:
    """Return the app's own address for this, with our name; None when it registered none.

    Where to go on afterwards must be at the app itself, or the app would be a redirector for anybody.
    """
    where = client.initiate_login_uri
    if where is None:
        return None
    asked = {"iss": issuer}
    if login_hint:
        asked["login_hint"] = login_hint
    if target_link_uri and _origin(target_link_uri) in {_origin(where), _origin(client.client_uri or where)}:
        asked["target_link_uri"] = target_link_uri
    return f"{where}{'&' if urlsplit(where).query else '?'}{urlencode(asked)}"


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", url
    return parts.scheme, parts.netloc
