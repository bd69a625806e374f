"""What `limen dev` starts with: two tenants, people with every standard claim, one app of each kind."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from limen.admin import clients, people, tenants
from limen.admin.operation import OPERATOR
from limen.demo.cast import PEOPLE, Role, demo_client
from limen.model.client import ClientSecret
from limen.model.secret import Secret
from limen.model.tenant import Tenant
from limen.ports import Ports
from limen.ports.storage import Add, Replace
from limen.tokens.digest import digest

TENANT = "demo"
# Known to everybody, and therefore only for tenants that `limen serve` refuses.
SECRET = "lm_cs_demo-only-known-to-everybody"
_ADDRESS = {
    "street_address": "1 Threshold Lane",
    "locality": "Limen",
    "region": "Somewhere",
    "postal_code": "12345",
    "country": "GB",
}
_LOCAL = ("http://localhost:5000", "http://127.0.0.1:5000")
# client_id -> template and metadata; demo-web is the demonstration's own, see limen.demo.cast
_APPS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "demo-spa": (
        "spa",
        {
            "client_name": "Demo single-page app",
            "redirect_uris": ["http://localhost:3000/callback", "http://localhost:3000/"],
            "limen_allowed_cors_origins": ["http://localhost:3000"],
        },
    ),
    "demo-backend": (
        "web",
        {
            "client_name": "Demo web app with a secret",
            "redirect_uris": [f"{base}/callback" for base in _LOCAL],
            "post_logout_redirect_uris": [f"{base}/" for base in _LOCAL],
        },
    ),
    "demo-service": ("service", {"client_name": "Demo service"}),
    "demo-device": ("device", {"client_name": "Demo television"}),
}


async def seed(ports: Ports, base_url: str) -> None:
    """Make what is missing; what is there stays as it is."""
    for name, display_name in (("", "Limen"), (TENANT, "Demo")):
        tenant = await ports.storage.tenant(name)
        if tenant is None:
            command = tenants.CreateTenant(
                name=name, base_url=base_url, display_name=display_name, development=True
            )
            tenant = await tenants.create(command, OPERATOR, ports)
        await ports.keys.load(tenant.tenant_id)
        for role in PEOPLE:
            await _person(tenant, role, ports)
        await ports.storage.commit(Add(demo_client(tenant, tenant.issuer, ports.clock.now())))
        for client_id in _APPS:
            await _app(tenant, client_id, ports)


async def _person(tenant: Tenant, role: Role, ports: Ports) -> None:
    if await ports.storage.person_named(tenant.tenant_id, role.username) is not None:
        return
    command = people.CreatePerson(
        tenant=tenant.name,
        username=role.username,
        password=Secret(role.password),
        claims=claims_of(role, ports.clock.now()),
        # The one administrator of the demonstration; in earnest only a set-up link makes one.
        roles=("administrator",) if role is PEOPLE[0] and not tenant.name else (),
    )
    await people.create(command, OPERATOR, ports)


def claims_of(role: Role, now: int) -> dict[str, Any]:
    """Return every standard claim (OIDC Core §5.1)."""
    home = f"https://{role.username}.example.com"
    number = int(hashlib.sha256(role.username.encode()).hexdigest(), 16) % 10_000
    return {
        "middle_name": "Mary",
        "nickname": role.given_name,
        "profile": home,
        "picture": f"{home}/picture.png",
        "website": f"{home}/",
        "gender": "female",
        "birthdate": "1990-04-01",
        "zoneinfo": "Europe/London",
        "locale": "en-GB",
        "phone_number": f"+44 20 7946 {number:04}",
        "phone_number_verified": True,
        "address": {**_ADDRESS, "formatted": "\n".join(_ADDRESS.values())},
        "updated_at": now,
        **role.claims,
    }


async def _app(tenant: Tenant, client_id: str, ports: Ports) -> None:
    if await ports.storage.client(tenant.tenant_id, client_id) is not None:
        return
    template, metadata = _APPS[client_id]
    command = clients.CreateClient(
        tenant=tenant.name, client_id=client_id, template=template, metadata=metadata
    )
    issued = await clients.create(command, OPERATOR, ports)
    if issued.client_secret is not None:
        known = ClientSecret(secret_id="demo", digest=digest(SECRET), created_at=ports.clock.now())
        client = issued.client
        await ports.storage.commit(
            Replace(replace(client, client_secrets=(known,), revision=client.revision + 1))
        )
