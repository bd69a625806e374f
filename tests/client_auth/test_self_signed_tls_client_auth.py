"""self_signed_tls_client_auth: certificates that clients register themselves."""

from tests.proofs import certificate_jwks, self_signed

FORM = {"grant_type": "client_credentials", "client_id": "web"}
MINE = self_signed()


async def registered(world, **fields):
    fields = fields or {"jwks": certificate_jwks(MINE)}
    return await world.client("web", token_endpoint_auth_method="self_signed_tls_client_auth", **fields)


async def test_the_registered_certificate_proves_the_client(mtls, over):
    await registered(mtls)

    assert (await over(MINE).post("/oauth2/token", form=FORM)).status == 200


async def test_mt_08_a_certificate_that_is_not_registered_does_not(mtls, over, authority):
    await registered(mtls)

    for other in (self_signed(), authority.issue()):
        reply = await over(other).post("/oauth2/token", form=FORM)
        assert (reply.status, reply.error) == (401, "invalid_client")


async def test_mt_01_neither_does_none(mtls):
    await registered(mtls)

    assert (await mtls.http.post("/oauth2/token", form=FORM)).status == 401


async def test_a_certificate_published_at_the_jwks_uri_is_found(mtls, over):
    await registered(mtls, jwks_uri="https://app.test/jwks")
    mtls.ports.fetcher.documents["https://app.test/jwks"] = certificate_jwks(MINE)

    assert (await over(MINE).post("/oauth2/token", form=FORM)).status == 200
