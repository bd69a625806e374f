"""A device and the person in front of it, for tests of the device flow.

device = await Device.start(world)
await device.answer(world.browser())
tokens = (await device.poll()).json()
"""

from dataclasses import dataclass

from limen.protocol.registered_values import DEVICE_CODE
from tests.world import form_of


@dataclass
class Device:
    world: object
    client_id: str
    codes: dict

    @classmethod
    async def start(cls, world, client_id="tv", *, scope="openid email", **form):
        reply = await world.http.post(
            "/oauth2/device_authorize", form={"client_id": client_id, "scope": scope, **form}
        )
        assert reply.status == 200, reply.text
        return cls(world, client_id, reply.json())

    async def poll(self, *, client_id=None, auth=None, **form):
        named = {} if auth else {"client_id": client_id or self.client_id}
        return await self.world.token(
            grant_type=DEVICE_CODE, device_code=self.codes["device_code"], auth=auth, **named, **form
        )

    async def enter(self, browser, code=None):
        """Type the code into the page."""
        page = await browser.get("/device")
        form = [*form_of(page.text).hidden, ("user_code", code or self.codes["user_code"])]
        return await browser.submit("/device", form)

    async def answer(self, browser, *, allow=True, **person):
        """Go through sign-in and confirmation; return the last page."""
        return await self.world.journey(browser, await self.enter(browser), allow=allow, **person)


async def add_device_client(world, client_id="tv", **fields):
    fields = {
        "grant_types": frozenset({DEVICE_CODE, "refresh_token"}),
        "token_endpoint_auth_method": "none",
        "redirect_uris": (),
        "client_name": "Television",
        **fields,
    }
    return await world.client(client_id, **fields)
