"""The front page: a quiet threshold, and in development the way in (OIDC Discovery §4)."""

from limen.demo.apps import SECRET, described
from limen.demo.cast import PEOPLE, START
from limen.protocol.answer import Page
from limen.protocol.message import Message


async def front(message: Message) -> Page:
    """Show the tenant's front page."""
    if not message.tenant.development:
        return Page(name="home")
    addresses = (
        ("Discovery", f"{message.tenant.issuer}/.well-known/openid-configuration"),
        ("Keys", f"{message.base}/oauth2/jwks"),
        ("Connect a device", f"{message.base}/device"),
    )
    facts = {
        "try_url": message.base + START,
        "issuer": message.tenant.issuer,
        "addresses": [{"label": label, "url": url} for label, url in addresses],
        "people": [
            {"name": str(role.claims["name"]), "username": role.username, "password": role.password}
            for role in PEOPLE
        ],
        "apps": described(),
        "secret": SECRET,
    }
    return Page(name="dev_home", facts=facts)
