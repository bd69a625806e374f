"""What `limen dev` starts with: two tenants, people with every standard claim, one app of each kind."""

import hashlib
from typing import Any

from msgspec.structs import replace

from limen.admin import clients, people, tenants
from limen.admin.operation import OPERATOR
from limen.demo.apps import APPS, SECRET, App
from limen.demo.cast import PEOPLE, Role, demo_client
from limen.model.client import ClientSecret
from limen.model.secret import Secret
from limen.model.tenant import Tenant
from limen.ports import Ports
from limen.ports.storage import Add, Replace
from limen.tokens.digest import digest

TENANT = "demo"
_ADDRESS = {
    "street_address": "1 Threshold Lane",
    "locality": "Limen",
    "region": "Somewhere",
    "postal_code": "12345",
    "country": "GB",
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
        for app in APPS:
            await _app(tenant, app, ports)


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


async def _app(tenant: Tenant, app: App, ports: Ports) -> None:
    if await ports.storage.client(tenant.tenant_id, app.client_id) is not None:
        return
    command = clients.CreateClient(
        tenant=tenant.name, client_id=app.client_id, template=app.template, metadata=app.metadata
    )
    issued = await clients.create(command, OPERATOR, ports)
    if issued.client_secret is not None:
        known = ClientSecret(secret_id="demo", digest=digest(SECRET), created_at=ports.clock.now())
        client = issued.client
        await ports.storage.commit(
            Replace(replace(client, client_secrets=(known,), revision=client.revision + 1))
        )
