"""Who plays in the demonstration of `limen dev`: an application and two people (OIDC Registration §2)."""

from dataclasses import dataclass

from limen.model.client import Client
from limen.model.tenant import Tenant

CLIENT_ID = "demo-web"
CALLBACK, RESULT, START = "/demo/callback", "/demo/tokens", "/demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A person of the demonstration; the password is on the front page."""

    username: str
    password: str
    given_name: str
    family_name: str

    @property
    def claims(self) -> dict[str, str | bool]:
        """Return the attributes claims are read from."""
        return {
            "name": f"{self.given_name} {self.family_name}",
            "given_name": self.given_name,
            "family_name": self.family_name,
            "preferred_username": self.username,
            "email": f"{self.username}@example.com",
            "email_verified": True,
        }


PEOPLE = (
    Role(username="alice", password="lantern-alice", given_name="Alice", family_name="Adams"),
    Role(username="bob", password="lantern-bob", given_name="Bob", family_name="Brown"),
)


def demo_client(tenant: Tenant, base: str, now: int) -> Client:
    """Return the application as it is registered at `tenant`, whose public address is `base`."""
    return Client(
        tenant_id=tenant.tenant_id,
        client_id=CLIENT_ID,
        client_name="Demo app",
        redirect_uris=(base + CALLBACK,),
        post_logout_redirect_uris=(f"{base}/",),
        initiate_login_uri=base + START,
        grant_types=frozenset({"authorization_code", "refresh_token"}),
        response_types=("code",),
        token_endpoint_auth_method="none",
        created_at=now,
        updated_at=now,
        client_id_issued_at=now,
    )
