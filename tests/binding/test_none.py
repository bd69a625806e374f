"""none, and what all types have in common at logout."""

import pytest

from limen.errors import InvalidClientMetadata
from limen.model.client import Client
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.protocol.client_consistency import check
from tests.http.asgi_client import AsgiClient
from tests.proofs import ClientKey, at_token, self_signed
from tests.world import BASE, form_of

KEY, CERTIFICATE = ClientKey(), self_signed()
KINDS = ["none", "cookie", "sso-session", "certificate", "client-request", "dpop"]


async def tokens_of(world, browser):
    code = await world.code_for(browser, scope="openid offline_access")
    world.http = AsgiClient(world.app, BASE, certificate=CERTIFICATE)
    reply = await world.redeem(code, headers=at_token(world, KEY), tokenBindingId="one")
    assert reply.status == 200, reply.text
    return reply.json()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hint", ["id_token_hint", "asked"])
@pytest.mark.parametrize("revoke", [True, False])
async def test_logout_ends_tokens_of_every_type_where_the_policy_says_so(world, bound, kind, hint, revoke):
    await bound(kind, settings={"revoke_tokens_on_logout": revoke}, scope=None)
    browser = world.browser()
    tokens = await tokens_of(world, browser)

    if hint == "id_token_hint":
        await browser.get("/oidc/logout", params={"id_token_hint": tokens["id_token"]})
    else:
        page = await browser.get("/oidc/logout")
        await browser.submit("/oidc/logout", [*form_of(page.text).hidden, ("sign_out", "1")])

    dead = revoke or kind == "sso-session"
    assert (await world.introspect(tokens["access_token"]))["active"] is not dead
    assert (await world.introspect(tokens["refresh_token"]))["active"] is not dead


async def test_logout_leaves_clients_alone_whose_policy_is_another(world, bound):
    await bound("none", settings={"revoke_tokens_on_logout": True})
    await world.client("app")
    browser = world.browser()
    mine = await world.code_flow(browser)
    theirs = await world.code_flow(browser, "app", auth=("app", "lm_cs_" + "s3cret-" * 6))

    await browser.get("/oidc/logout", params={"id_token_hint": mine["id_token"]})

    assert (await world.introspect(mine["access_token"]))["active"] is False
    assert (await world.introspect(theirs["access_token"]))["active"] is True


@pytest.mark.parametrize("kind", ["cookie", "sso-session", "device-flow"])
def test_tb_11_a_binding_that_a_grant_cannot_make_is_refused(kind):
    client = Client(
        tenant_id="t",
        client_id="web",
        grant_types=frozenset({"client_credentials"}),
        response_types=(),
        settings=Settings(token_binding_type=kind),
    )

    with pytest.raises(InvalidClientMetadata):
        check(client, Tenant(tenant_id="t", name="", issuer=BASE))
