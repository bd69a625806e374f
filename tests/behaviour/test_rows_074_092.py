"""Consent, scopes, claims and the switches of an application (rows 64 and 74 to 92 of the behaviour list)."""

import pytest

from limen.admin import clients, scopes
from limen.admin.operation import OPERATOR
from limen.admin.refusal import Conflict, Invalid
from limen.errors import InvalidClientMetadata, InvalidRedirectUri
from limen.model.scope import ClaimDefinition, ScopeDefinition
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.protocol.claims import RESERVED
from limen.protocol.client_metadata import read_administered
from limen.protocol.registered_values import DEVICE_CODE
from tests.behaviour.claims import unverified
from tests.world import CALLBACK, SECRET

WEB = ("web", SECRET)
TENANT = Tenant(tenant_id="t", name="", issuer="https://id.test")
METADATA = {"redirect_uris": [CALLBACK]}


async def signed_in(world, browser):
    """Take the browser through a first sign-in at another application."""
    await world.client("portal", settings={"consent": "trusted"})
    await world.person()
    await world.code_flow(browser, "portal", auth=("portal", SECRET))


async def asks_consent(world, browser, **params):
    reply = await world.authorize(browser, **params)
    return reply.location.endswith("/consent")


async def test_row_74_a_trusted_application_asks_nobody(world):
    browser = world.browser()
    await world.client(settings={"consent": "trusted"})
    await signed_in(world, browser)

    assert "code" in (await world.authorize(browser)).params
    assert "code" in (await world.authorize(browser, prompt="none")).params


@pytest.mark.parametrize(("first_party", "asked"), [(False, True), (True, False)])
async def test_row_74_prompt_consent_is_skipped_for_the_operators_own_application_alone(
    world, first_party, asked
):
    browser = world.browser()
    await world.client(settings={"consent": "trusted"}, first_party=first_party)
    await signed_in(world, browser)

    assert await asks_consent(world, browser, prompt="consent") is asked


async def test_row_74_the_tenant_may_decide_for_all(world):
    browser = world.browser()
    await world.tenant(settings=Settings(consent="trusted"))
    await world.client()
    await world.client("careful", settings={"consent": "ask"})
    await signed_in(world, browser)

    assert not await asks_consent(world, browser)
    assert await asks_consent(world, browser, client_id="careful")


async def test_row_75_what_was_agreed_to_is_not_asked_again_until_it_is_too_old(world):
    browser = world.browser()
    await world.tenant(session_lifetime=10_000, session_idle_lifetime=10_000)
    await world.client(settings={"consent_lifetime": 1000})
    await signed_in(world, browser)
    reply = await browser.follow(await world.authorize(browser, scope="openid email"))
    await browser.submit(reply.url, world.fill(reply.text, reply.url, "alice", "", True))

    world.clock.forward(999)
    assert not await asks_consent(world, browser, scope="openid email")
    assert await asks_consent(world, browser, scope="openid email phone")
    world.clock.forward(1)
    assert await asks_consent(world, browser, scope="openid email")


async def test_row_77_the_scopes_of_openid_connect_stay(world):
    for name in ("openid", "profile", "email", "address", "phone", "offline_access"):
        with pytest.raises(Conflict):
            await scopes.remove_scope(scopes.RemoveDefinition(tenant="", name=name), OPERATOR, world.ports)


@pytest.mark.parametrize("name", ["two words", "", 'quo"te', "back\\slash", "naïve"])
async def test_row_78_a_scope_is_one_word_of_its_alphabet(world, name):
    with pytest.raises(Invalid):
        await define(world, scope=name)


async def define(world, **members):
    command = scopes.DefineScope(tenant="", definition=ScopeDefinition(**members))
    return await scopes.define_scope(command, OPERATOR, world.ports)


async def test_row_79_name_and_description_are_on_the_consent_page(world):
    browser = world.browser()
    await define(world, scope="pay", display_name="Pay bills", description="From your account")
    await world.client()
    await signed_in(world, browser)

    page = await browser.follow(await world.authorize(browser, scope="openid pay"))

    assert "Pay bills" in page.text
    assert "From your account" in page.text


async def test_rows_80_and_91_what_is_not_discoverable_is_not_told(world):
    await define(world, scope="seen")
    await define(world, scope="hidden", discoverable=False)
    for claim, discoverable in (("shoe_size", True), ("salary", False)):
        definition = ClaimDefinition(claim=claim, attribute=claim, discoverable=discoverable)
        await scopes.define_claim(scopes.DefineClaim(tenant="", definition=definition), OPERATOR, world.ports)
    document = (await world.http.get("/.well-known/openid-configuration")).json()

    assert "seen" in document["scopes_supported"]
    assert "hidden" not in document["scopes_supported"]
    assert "shoe_size" in document["claims_supported"]
    assert "salary" not in document["claims_supported"]


async def test_rows_64_and_90_a_claim_comes_from_the_attribute_it_is_mapped_to(world):
    for definition in (
        ClaimDefinition(claim="department", attribute="aux_10"),
        ClaimDefinition(claim="nickname", attribute=None),
    ):
        command = scopes.DefineClaim(tenant="", definition=definition)
        await scopes.define_claim(command, OPERATOR, world.ports)
    await define(world, scope="work", claims=("department", "nickname"))
    await world.client(settings={"claims_in_id_token": True})
    await world.person(claims={"aux_10": "Tea", "nickname": "Al"})

    tokens = await world.code_flow(scope="openid work")
    userinfo = (await world.userinfo(tokens["access_token"])).json()

    assert userinfo == {"sub": "sub-alice", "department": "Tea"}
    assert unverified(tokens["id_token"])["department"] == "Tea"
    assert "nickname" not in unverified(tokens["id_token"])


@pytest.mark.parametrize(
    "name",
    ["two words", "", *sorted(RESERVED)],
)
async def test_row_92_a_custom_claim_is_one_word_and_none_of_the_servers(world, name):
    command = scopes.DefineClaim(tenant="", definition=ClaimDefinition(claim=name, attribute="x"))
    with pytest.raises(Invalid):
        await scopes.define_claim(command, OPERATOR, world.ports)


async def test_row_92_a_claim_defined_twice_is_one_claim(world):
    for attribute in ("a", "b"):
        definition = ClaimDefinition(claim="shoe_size", attribute=attribute)
        tenant = await scopes.define_claim(
            scopes.DefineClaim(tenant="", definition=definition), OPERATOR, world.ports
        )

    assert [c.attribute for c in tenant.claims if c.claim == "shoe_size"] == ["b"]


async def test_row_81_a_disabled_application_is_enabled_again_without_its_old_tokens(world):
    made = await clients.create(
        clients.CreateClient(tenant="", template="service", client_id="job", metadata={}),
        OPERATOR,
        world.ports,
    )
    job = ("job", made.client_secret.reveal())
    old = (await world.token(grant_type="client_credentials", auth=job)).json()["access_token"]
    await world.client("rs")

    async def enable(value):
        command = clients.UpdateClient(tenant="", client_id="job", patch={"limen_enabled": value})
        await clients.update(command, OPERATOR, world.ports)

    await enable(False)
    assert (await world.token(grant_type="client_credentials", auth=job)).status == 401
    world.clock.forward(2)
    await enable(True)

    assert (await world.token(grant_type="client_credentials", auth=job)).status == 200
    assert not (await world.introspect(old, auth=("rs", SECRET)))["active"]


async def test_row_82_the_name_is_on_the_consent_page_in_the_persons_language(world):
    browser = world.browser()
    await world.client(client_name="Shop", client_names={"en": "The shop"})
    await signed_in(world, browser)

    page = await browser.follow(await world.authorize(browser, ui_locales="en"))

    assert "The shop" in page.text


@pytest.mark.parametrize(
    ("grant", "form"),
    [
        ("authorization_code", {"code": "x"}),
        ("client_credentials", {}),
        ("refresh_token", {"refresh_token": "x"}),
        (DEVICE_CODE, {"device_code": "x"}),
        ("password", {"username": "alice", "password": "x"}),
    ],
)
async def test_row_85_a_grant_that_is_off_is_refused(world, grant, form):
    await world.tenant(legacy=frozenset({"password"}))
    others = {"authorization_code", "client_credentials", "refresh_token", DEVICE_CODE, "password"}
    await world.client(grant_types=frozenset(others - {grant}))

    reply = await world.token(grant_type=grant, auth=WEB, **form)

    assert (reply.status, reply.error) == (400, "unauthorized_client")


async def test_row_85_a_flow_that_is_off_is_refused_by_redirect(world):
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.client(grant_types=frozenset({"client_credentials"}), response_types=())

    for response_type in ("code", "token", "id_token", "code id_token"):
        reply = await world.authorize(world.browser(), response_type=response_type, nonce="n")
        assert (reply.error, reply.location.startswith(CALLBACK)) == ("unauthorized_client", True)


async def test_rows_86_and_87_introspection_and_revocation_are_switched_per_application(world):
    await world.client(settings={"allow_introspection": False, "allow_revocation": False})
    token = (await world.token(grant_type="client_credentials", auth=WEB)).json()["access_token"]

    for path, status in (("/oauth2/introspect", 403), ("/oauth2/revoke", 400)):
        reply = await world.http.post(path, form={"token": token}, auth=WEB)
        assert (reply.status, reply.error) == (status, "unauthorized_client")
    await world.client("rs")
    assert (await world.introspect(token, auth=("rs", SECRET)))["active"]


async def test_row_88_a_restricted_scope_is_dropped_or_refused_as_the_policy_says(world):
    await world.person()
    await world.client(settings={"restricted_scopes": ("email",)})
    lenient = await world.code_flow(scope="openid email internal_login")
    await world.client(settings={"restricted_scopes": ("email",), "unknown_scope": "reject"})

    restricted = await world.authorize(world.browser(), scope="openid email")
    unknown = await world.authorize(world.browser(), scope="openid internal_login")

    assert lenient["scope"] == "openid"
    assert restricted.error == unknown.error == "invalid_scope"


async def test_row_88_an_allow_list_bounds_what_may_be_asked_for(world):
    await world.person()
    await world.client(scope="openid phone")

    assert (await world.code_flow(scope="openid email phone"))["scope"] == "openid phone"


@pytest.mark.parametrize(
    ("uri", "kind", "good"),
    [
        ("https://app.test/cb", "web", True),
        ("http://app.test/cb", "web", False),
        ("http://127.0.0.1/cb", "native", True),
        ("http://[::1]/cb", "native", True),
        ("com.example.app:/cb", "native", True),
        ("app:/cb", "native", False),
        ("https://app.test/cb#part", "web", False),
    ],
)
def test_row_89_addresses_are_https_but_for_native_ones(uri, kind, good):
    document = {"redirect_uris": [uri], "application_type": kind}
    if good:
        assert read_administered(document, tenant=TENANT).redirect_uris == (uri,)
    else:
        with pytest.raises((InvalidRedirectUri, InvalidClientMetadata)):
            read_administered(document, tenant=TENANT)


def test_row_89_a_tenant_may_take_http_while_it_develops():
    tenant = Tenant(tenant_id="t", name="", issuer="https://id.test", require_https_redirect=False)

    assert read_administered({"redirect_uris": ["http://app.test/cb"]}, tenant=tenant)


def test_row_84_encryption_needs_keys_and_has_a_default_method():
    wanted = {**METADATA, "id_token_encrypted_response_alg": "RSA-OAEP-256"}

    with pytest.raises(InvalidClientMetadata):
        read_administered(wanted, tenant=TENANT)
    client = read_administered({**wanted, "jwks_uri": "https://app.test/jwks"}, tenant=TENANT)
    assert client.id_token_encrypted_response_enc == "A128CBC-HS256"


@pytest.mark.parametrize(
    "member",
    [
        "backchannel_logout_uri", "frontchannel_logout_uri", "backchannel_logout_session_required",
        "frontchannel_logout_session_required",
    ],
)  # fmt: skip
def test_what_has_no_effect_yet_is_refused_and_not_kept(member):
    value = "https://app.test/out" if member.endswith("uri") else True

    with pytest.raises(InvalidClientMetadata):
        read_administered({**METADATA, member: value}, tenant=TENANT)
