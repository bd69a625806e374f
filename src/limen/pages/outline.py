"""A page as many people see it, with places for what is each one's own (OIDC Core §3.1.2.3).

To everybody whom nobody has named yet an application's sign-in looks the same, but for its form's address
and token. So it is rendered for the first of them.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from markupsafe import escape

# Half a character each: no page that can be sent has one among what else it shows.
_OWN = {"action": "\udc00", "form_token": "\udc01"}


def is_common(page: str, facts: Mapping[str, Any]) -> bool:
    """Tell whether many people are going to see this page."""
    return page == "sign_in" and facts["person"] is None and not facts["username"]


def filled(render: Callable[[Mapping[str, Any]], str], facts: dict[str, Any]) -> bytes:
    """Return what `render` makes of the facts, UTF-8."""
    outline = _outline(render, tuple((facts | _OWN).items()))
    own = {b"action": escape(facts["action"]).encode(), b"form_token": escape(facts["form_token"]).encode()}
    return outline % own


@lru_cache(maxsize=256)
def _outline(render: Callable[[Mapping[str, Any]], str], alike: tuple[tuple[str, Any], ...]) -> bytes:
    html = render(dict(alike)).replace("%", "%%")
    for name, place in _OWN.items():
        html = html.replace(place, f"%({name})s")
    return html.encode()
