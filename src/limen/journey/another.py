"""The way from a page that knows who is there to somebody else's sign-in (OIDC Core §3.1.2.3)."""

from limen.ports.journey import View

ANOTHER = "?another=1"  # in the page's address: nothing changes before somebody else has signed in


def another_at(view: View) -> str | None:
    """Return the address where another person signs in; None when the request is about this one alone."""
    return f"{view.action.rpartition('/')[0]}/sign_in{ANOTHER}" if view.hinted_sub is None else None
