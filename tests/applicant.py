"""A client that registers itself, for tests of registration.

await open_registration(world)
app = await Applicant.register(world, redirect_uris=[CALLBACK])
reply = await app.read()
"""

from dataclasses import dataclass

from limen.model.tenant import InitialAccess, Registration
from limen.tokens.digest import digest
from tests.world import CALLBACK

ACCESS = "lm_iat_" + "initial" * 6


async def open_registration(world, *, mode="open", **fields):
    """Let clients register at the root tenant; `fields` of Registration and of Tenant."""
    of_tenant = {name: fields.pop(name) for name in ("legacy", "settings") if name in fields}
    return await world.tenant(registration=Registration(mode=mode, **fields), **of_tenant)


def initial_access(**fields):
    return InitialAccess(token_id="it", digest=digest(ACCESS), **fields)


async def apply(world, *, token=None, body=None, **metadata):
    """Post a registration request; a member that is None is left out."""
    document = {"redirect_uris": [CALLBACK], "client_name": "Applicant", **metadata}
    document = {name: value for name, value in document.items() if value is not None}
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
        return await world.http.post("/oauth2/register", body=body, headers=headers)
    return await world.http.post("/oauth2/register", json=document, headers=headers)


@dataclass
class Applicant:
    """A registered client with what it was told."""

    world: object
    told: dict

    @classmethod
    async def register(cls, world, **metadata):
        reply = await apply(world, **metadata)
        assert reply.status == 201, reply.text
        return cls(world, reply.json())

    @property
    def client_id(self):
        return self.told["client_id"]

    @property
    def auth(self):
        return self.client_id, self.told["client_secret"]

    async def read(self, **options):
        return await self._ask("GET", **options)

    async def replace(self, document, **options):
        return await self._ask("PUT", json=document, **options)

    async def delete(self, **options):
        return await self._ask("DELETE", **options)

    async def _ask(self, method, *, token=None, json=None):
        headers = {"Authorization": f"Bearer {token or self.told['registration_access_token']}"}
        return await self.world.http.request(
            method, self.told["registration_client_uri"], json=json, headers=headers
        )
