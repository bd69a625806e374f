"""A live server on each database, with clients for everybody's library."""

import pytest

from tests.live import live_server
from tests.world import SECRET

CALLBACK = "http://127.0.0.1:9/cb"
CODE = frozenset({"authorization_code", "refresh_token"})


async def everybody(seed):
    """Register what the clients in this folder expect to find."""
    await seed.tenant()
    await seed.person()
    everything = "openid profile email address phone offline_access"
    more = {"redirect_uris": (CALLBACK,), "post_logout_redirect_uris": ("http://127.0.0.1:9/out",)}
    await seed.client(
        "basic", grant_types=CODE | {"client_credentials"}, scope=everything, settings=ROTATING, **more
    )
    await seed.client(
        "post", token_endpoint_auth_method="client_secret_post", grant_types=CODE, scope=everything, **more
    )
    await seed.client("public", token_endpoint_auth_method="none", grant_types=CODE, scope=everything, **more)
    compatible = await seed.tenant("wso", issuer=f"{seed.base}/t/wso/oauth2/token")
    await seed.person(tenant_id=compatible)
    await seed.client(
        "asgardeo",
        tenant_id=compatible,
        token_endpoint_auth_method="client_secret_post",
        grant_types=CODE,
        **more,
    )
    await seed.client(
        "asgardeo-public", tenant_id=compatible, token_endpoint_auth_method="none", grant_types=CODE, **more
    )


ROTATING = {"refresh_token_rotation": True, "refresh_token_grace": 0}


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def live(request, tmp_path_factory):
    """The same server over SQLite and over PostgreSQL."""
    folder = tmp_path_factory.mktemp(f"live-{request.param}")
    if request.param == "sqlite":
        with live_server(folder, f"sqlite://{folder}/limen.db", everybody) as live:
            yield live
        return
    postgres = request.getfixturevalue("postgres")
    with postgres.database() as url, live_server(folder, url, everybody) as live:
        yield live


@pytest.fixture(scope="session")
def secret():
    return SECRET
