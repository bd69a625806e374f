"""What a conformance run finds: one tenant that offers everything, one person with every standard claim."""

from dataclasses import dataclass

from limen.admin import clients, people, tenants
from limen.admin.operation import OPERATOR
from limen.cli.conform_clients import Suite, applications
from limen.cli.conform_credentials import Seat
from limen.cli.seed import claims_of
from limen.demo.cast import Role
from limen.model.secret import Secret
from limen.ports import Ports

TENANT = "conformance"
USERNAME = "carol"
# Off in every other tenant: the suite asks for responses and algorithms that RFC 9700 advises against.
_TENANT = {
    "legacy": ["alg_none", "implicit"],
    "registration": {"mode": "open", "hourly_limit": 1_000_000},
    # The suite asks for no PKCE in plans older than it, and names the token endpoint in its assertions.
    "settings": {"require_pkce": False, "assertion_audience": "endpoint"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """The tenant's issuer, the person's password and the secrets of the applications."""

    issuer: str
    password: str
    secrets: dict[str, str]


async def seed(ports: Ports, base: str, suite: Suite, seats: tuple[Seat, Seat]) -> Seeded:
    """Make the root tenant, the tenant of the run, and what is in it."""
    await tenants.create(tenants.CreateTenant(name="", base_url=base, display_name="Limen"), OPERATOR, ports)
    named = tenants.CreateTenant(name=TENANT, base_url=base, display_name="Conformance")
    tenant = await tenants.create(named, OPERATOR, ports)
    await tenants.update(tenants.UpdateTenant(tenant=TENANT, patch=_TENANT), OPERATOR, ports)
    password = ports.entropy.handle()
    role = Role(username=USERNAME, password=password, given_name="Carol", family_name="Carter")
    command = people.CreatePerson(
        tenant=TENANT,
        username=USERNAME,
        password=Secret(password),
        claims=claims_of(role, ports.clock.now()),
    )
    await people.create(command, OPERATOR, ports)
    secrets = {}
    for client_id, metadata in applications(suite, seats):
        wanted = clients.CreateClient(tenant=TENANT, client_id=client_id, metadata=metadata)
        issued = await clients.create(wanted, OPERATOR, ports)
        if issued.client_secret is not None:
            secrets[client_id] = issued.client_secret.reveal()
    return Seeded(issuer=tenant.issuer, password=password, secrets=secrets)
