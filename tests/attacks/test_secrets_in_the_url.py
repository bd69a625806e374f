"""What a client must keep secret is refused where proxies and logs would read it (RFC 6749 §2.3.1)."""

import pytest

from limen.protocol.registered_values import CIBA, DEVICE_CODE
from tests.ciba import add_ciba_client
from tests.world import SECRET

TOKENS = ("/oauth2/introspect", "/oauth2/revoke")


@pytest.mark.parametrize("path", TOKENS)
async def test_a_token_in_the_url_is_neither_looked_at_nor_revoked(world, path):
    token = (await world.code_flow())["access_token"]

    for form in ({}, {"token": token}):
        reply = await world.http.post(f"{path}?token={token}", form=form, auth=("web", SECRET))
        assert (reply.status, reply.error) == (400, "invalid_request")
        assert "URL" in reply.json()["error_description"]
    assert (await world.introspect(token))["active"]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/oauth2/device_authorize", ("client_secret", "client_assertion")),
        ("/oauth2/bc-authorize", ("client_secret", "client_assertion", "user_code")),
        ("/oauth2/par", ("client_secret", "client_assertion")),
        ("/oauth2/token", ("client_secret", "client_assertion", "password", "code", "refresh_token")),
    ],
)
async def test_a_secret_in_the_url_is_refused_even_beside_a_good_request(world, path, names):
    await add_ciba_client(world, "web", grant_types=frozenset({CIBA, DEVICE_CODE}))
    form = {"scope": "openid", "login_hint": "alice"}

    for name in names:
        reply = await world.http.post(f"{path}?{name}=x", form=form, auth=("web", SECRET))
        assert (reply.status, reply.error) == (400, "invalid_request")
        assert "URL" in reply.json()["error_description"]
