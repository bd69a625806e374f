"""The applications of `limen dev`, one of each kind, for people to try their own code with (RFC 7591 §2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limen.demo.cast import CLIENT_ID

# Known to everybody, and therefore only for tenants that `limen serve` refuses.
SECRET = "lm_cs_demo-only-known-to-everybody"
_LOCAL = ("http://localhost:5000", "http://127.0.0.1:5000")


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An application, and in a few words what can be tried with it."""

    client_id: str
    template: str
    metadata: Mapping[str, Any]
    what: str


APPS = (
    App(
        client_id="demo-spa",
        template="spa",
        metadata={
            "client_name": "Demo single-page app",
            "redirect_uris": ["http://localhost:3000/callback", "http://localhost:3000/"],
            "limen_allowed_cors_origins": ["http://localhost:3000"],
        },
        what="In a browser alone; localhost, port 3000",
    ),
    App(
        client_id="demo-backend",
        template="web",
        metadata={
            "client_name": "Demo web app with a secret",
            "redirect_uris": [f"{base}/callback" for base in _LOCAL],
            "post_logout_redirect_uris": [f"{base}/" for base in _LOCAL],
        },
        what="On a server; localhost, port 5000, /callback",
    ),
    App(
        client_id="demo-service",
        template="service",
        metadata={"client_name": "Demo service"},
        what="For itself: client credentials",
    ),
    App(
        client_id="demo-device",
        template="device",
        metadata={"client_name": "Demo television"},
        what="Without a browser: device code",
    ),
)


def described() -> list[dict[str, str]]:
    """Return what the front page tells of each application, the demonstration's own first."""
    own = {"client_id": CLIENT_ID, "client_name": "Demo app", "what": "The one behind the button above"}
    others = [
        {"client_id": app.client_id, "client_name": str(app.metadata["client_name"]), "what": app.what}
        for app in APPS
    ]
    return [own, *others]
