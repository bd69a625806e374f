"""Attacks on pages, parsers, keys, resources and configuration: rows XS, DS, MT, KM, LC and CF, by id."""

import asyncio
import base64
import re
from pathlib import Path

import jwt
import pytest

from limen.errors import InvalidRedirectUri
from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.protocol.policy import effective
from limen.protocol.redirect_uri import check_registered
from tests.applicant import apply, open_registration
from tests.proofs import Authority, ClientKey, asserted, proof
from tests.request_objects import visit
from tests.world import CALLBACK, PASSWORD, SECRET, form_of, make_world

ROOT = Path(__file__).parents[2]
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>' & \u2028 ${7*7} {{7*7}}"


async def test_xs_03_hostile_values_stay_values(world):
    browser = world.browser()

    begun = await world.authorize(browser, response_mode="form_post", state=HOSTILE)
    page = await world.journey(browser, begun)

    assert dict(form_of(page.text).hidden)["state"] == HOSTILE
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert page.text.count("<form") == 1
    assert f'action="{CALLBACK}"' in page.text
    policy = page.header("content-security-policy")
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.header("referrer-policy") == "no-referrer"


async def test_xs_03_a_refusal_by_form_post_is_no_less_careful(world):
    page = await world.authorize(
        world.browser(), response_mode="form_post", state=HOSTILE, prompt=HOSTILE, scope=HOSTILE
    )

    assert page.status == 200
    assert "<script>alert" not in page.text
    assert dict(form_of(page.text).hidden)["error"] in {"invalid_request", "invalid_scope"}


DEEP = b"[" * 100_000 + b"]" * 100_000
TEXTS = {
    "deep": DEEP,
    "deep object": b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
    "long number": b'{"redirect_uris":' + b"1" * 5_000 + b"}",
    "big float": b'{"default_max_age":1e400}',
    "surrogate": b'{"client_name":"\\ud800"}',
    "nul": b'{"client_name":"\\u0000"}',
    "bad utf-8": b'{"client_name":"\xff"}',
    "twice": b'{"client_name":"a","client_name":"b"}',
    "nan": b'{"default_max_age":NaN}',
    "empty": b"",
    "list": b"[]",
}


@pytest.mark.parametrize("name", TEXTS)
async def test_ds_04_whatever_is_called_json_is_answered(world, name):
    await open_registration(world)
    text = TEXTS[name]

    registered = await apply(world, body=text)
    small = text[:12_000].decode("utf-8", "replace")
    for parameter in ("claims", "authorization_details"):
        pushed = await world.http.post(
            "/oauth2/par",
            form={"client_id": "web", "response_type": "code", parameter: small},
            auth=("web", SECRET),
        )
        assert pushed.status in {400, 413}, parameter

    assert registered.status in {400, 413}


async def test_ds_04_json_inside_a_token_is_no_different(world):
    key = ClientKey()
    await world.client("keyed", token_endpoint_auth_method="private_key_jwt", jwks=key.jwks)
    for text in (DEEP[:8_000] + DEEP[-8_000:], *list(TEXTS.values())[1:]):
        head = {"typ": "JWT", "kid": key.kid}
        token = jwt.api_jws.encode(text[:30_000], key.private, algorithm=key.alg, headers=head)
        reply = await world.token(grant_type="client_credentials", **asserted(token))
        shown = await visit(world.browser(), "keyed", request=token[:15_000])
        assert reply.status == 401
        assert shown.status in {303, 400, 414}


async def test_ds_09_a_flood_of_sign_ins_starves_nothing_else():
    world = await make_world()
    await world.client("web")
    pages = []
    for number in range(150):
        browser = world.browser(client=(f"198.51.{number}.1", 40000))
        pages.append((browser, await browser.follow(await world.authorize(browser))))

    async def sign_in(browser, page, number):
        form = [*form_of(page.text).hidden, ("username", f"nobody-{number}"), ("password", "x" * 20)]
        return await browser.submit(page.url, form)

    flood = [asyncio.ensure_future(sign_in(*each, number)) for number, each in enumerate(pages)]
    await asyncio.sleep(0.05)
    tokens = [await world.token(auth=("web", SECRET), grant_type="client_credentials") for _ in range(10)]
    still = sum(not task.done() for task in flood)
    replies = await asyncio.gather(*flood)

    assert still > 0
    assert {reply.status for reply in tokens} == {200}
    turned_away = [reply for reply in replies if reply.status == 503]
    assert turned_away
    assert all(int(reply.header("retry-after")) > 0 for reply in turned_away)
    assert {reply.status for reply in replies} == {200, 503}
    await world.close()


@pytest.mark.parametrize(
    "name",
    ["Client-Cert", "X-SSL-Client-Cert", "X-Forwarded-Client-Cert", "SSL-Client-Cert", "X-Client-Cert"],
)
async def test_mt_13_a_certificate_in_a_header_proves_nothing_to_a_server_without_a_proxy(world, name):
    certificate = Authority().issue("CN=mtls")
    await world.client(
        "mtls", token_endpoint_auth_method="tls_client_auth", tls_client_auth_subject_dn="CN=mtls"
    )
    encoded = base64.b64encode(certificate).decode()

    for value in (f":{encoded}:", encoded):
        reply = await world.token(grant_type="client_credentials", client_id="mtls", headers={name: value})
        assert (reply.status, reply.error) == (401, "invalid_client")


async def test_km_08_a_key_past_its_time_signs_nothing_and_is_believed_no_more(world):
    browser = world.browser()
    old = (await world.code_flow(browser))["id_token"]
    kid = jwt.get_unverified_header(old)["kid"]
    await world.keys.rotate("tenant-root", "sig")
    for days in (2, 40):
        world.clock.forward(days * 86_400)
        await world.http.get("/oauth2/jwks")  # somebody comes by, and the key's state is looked at

    new = (await world.code_flow(world.browser()))["id_token"]
    published = {key["kid"] for key in (await world.http.get("/oauth2/jwks")).json()["keys"]}
    hinted = await world.authorize(world.browser(), id_token_hint=old, prompt="none")

    assert jwt.get_unverified_header(new)["kid"] in published - {kid}
    assert kid not in published
    assert hinted.params["error"] == "invalid_request"


async def test_lc_08_a_client_made_again_under_its_name_inherits_nothing(world):
    from limen.admin import clients
    from limen.admin.operation import OPERATOR

    browser = world.browser()
    tokens = await world.code_flow(browser)
    code = await world.code_for(browser)
    command = clients.DeleteClient(tenant="", client_id="web")
    await clients.delete(command, OPERATOR, world.ports)
    world.clock.forward(1)
    await world.client("web", not_before=world.clock.now())

    assert await world.introspect(tokens["access_token"]) == {"active": False}
    assert (await world.refresh(tokens["refresh_token"])).error == "invalid_grant"
    assert (await world.redeem(code)).error == "invalid_grant"
    assert (await world.authorize(browser, prompt="none")).params["error"] == "consent_required"


async def test_cf_02_what_is_dangerous_is_off_unless_somebody_turns_it_on():
    tenant = Tenant(tenant_id="t", name="", issuer="https://id.test")
    client = Client(tenant_id="t", client_id="c")
    policy = effective(tenant, client)
    world = await make_world()
    told = (await world.http.get("/.well-known/openid-configuration")).json()

    assert tenant.legacy == frozenset()
    assert tenant.registration.mode == "closed"
    assert tenant.require_https_redirect
    assert not tenant.registration.client_id_documents
    assert client.grant_types <= {"authorization_code", "refresh_token"}
    assert client.response_types == ("code",)
    assert client.id_token_signed_response_alg in {"RS256", "ES256"}
    assert policy.require_pkce
    assert not policy.allow_plain_pkce
    assert policy.consent == "ask"
    assert policy.allowed_cors_origins == ()
    assert policy.authorization_code_lifetime <= 60
    assert not policy.exchange_impersonation
    assert {"implicit", "password"}.isdisjoint(told["grant_types_supported"])
    assert told["response_types_supported"] == ["code"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert "registration_endpoint" not in told
    assert "none" not in str([value for name, value in told.items() if name.endswith("alg_values_supported")])
    for wild in ("https://*.app.test/cb", "*", "https://*"):
        with pytest.raises(InvalidRedirectUri):
            check_registered(wild, application_type="web", require_https=True)
    await world.close()


def test_cf_05_every_dependency_is_the_very_one_we_looked_at():
    banned = {"python-jose", "ecdsa", "pyjwkest", "jws", "python-jwt"}
    for name in ("run", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        pinned = re.findall(
            r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==[^\\\n]+\\\n\s+--hash=sha256:[0-9a-f]{64}", text, re.MULTILINE
        )
        named = re.findall(r"^([A-Za-z0-9._-]+)", text, re.MULTILINE)
        assert set(named) == set(pinned), name
        if name == "run":
            assert banned.isdisjoint(pinned)
    assert "--require-hashes" in (ROOT / "Makefile").read_text()


async def test_dp_a_proof_for_one_tenant_proves_nothing_to_another(world):
    await world.tenant("other")
    await world.client("web", tenant="tenant-other")
    key = ClientKey()
    here = proof(world, key)

    there = await world.token(
        tenant="/t/other", auth=("web", SECRET), grant_type="client_credentials", headers={"DPoP": here}
    )

    assert there.error == "invalid_dpop_proof"


async def test_br_05_a_backup_opens_nothing_by_itself(tmp_path):
    world = await make_world(f"sqlite://{tmp_path}/limen.db")
    await world.client("web")
    await world.person()
    tokens = await world.code_flow(world.browser())

    await world.storage.backup(f"{tmp_path}/copy")
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("copy"))

    for secret in (SECRET, PASSWORD, tokens["refresh_token"], tokens["access_token"], "PRIVATE KEY"):
        assert secret.encode() not in content
    assert b'"d":' not in content
    assert base64.b64encode(bytes(32)) not in content  # the master key of these tests
    await world.close()
