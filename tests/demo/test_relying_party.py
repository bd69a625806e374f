"""The demonstration application against a small provider on the loopback interface."""

from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey
from msgspec import structs

from limen.demo.apps import APPS, SECRET
from limen.demo.cast import CALLBACK, CLIENT_ID, PEOPLE, demo_client
from limen.demo.front import front
from limen.demo.relying_party import COOKIE, Demo
from limen.demo.visit import MOST, Visit, Visits
from limen.model.tenant import Tenant
from limen.pages.views import Views
from limen.protocol.answer import Go, Page
from limen.protocol.message import Message
from limen.protocol.pkce import challenge_s256

NOW = 1_795_250_000
KEY = ECKey.generate_key("P-256", parameters={"kid": "k1", "alg": "ES256"})


class Still:
    """A clock that stands, and handles that count."""

    def __init__(self):
        self.count = 0

    def now(self):
        return NOW

    def handle(self):
        self.count += 1
        return f"handle-{self.count:036d}"

    def identifier(self):
        return "0" * 32

    def octets(self, count):
        return bytes(count)


class Provider:
    """Says what a provider says; `claims` and `answers` may be spoilt by a test."""

    def __init__(self):
        self.issuer = ""
        self.nonce = ""
        self.challenge = ""
        self.claims = {}
        self.userinfo = {"sub": "s1", "given_name": "Alice"}
        self.asked = []

    def application(self):
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self.discovery)
        app.router.add_get("/jwks", self.jwks)
        app.router.add_post("/token", self.token)
        app.router.add_get("/userinfo", self.who)
        return app

    async def discovery(self, request):
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/jwks",
                "end_session_endpoint": f"{self.issuer}/logout",
            }
        )

    async def jwks(self, request):
        return web.json_response({"keys": [KEY.as_dict(private=False)]})

    async def token(self, request):
        form = dict(await request.post())
        self.asked.append(form)
        if (
            form["grant_type"] == "authorization_code"
            and challenge_s256(form["code_verifier"]) != self.challenge
        ):
            return web.json_response({"error": "invalid_grant", "error_description": "no"}, status=400)
        standard = {"iss": self.issuer, "sub": "s1", "aud": CLIENT_ID, "iat": NOW, "exp": NOW + 60}
        nonce = {"nonce": self.nonce} if form["grant_type"] == "authorization_code" else {}
        id_token = jwt.encode({"alg": "ES256", "kid": "k1"}, standard | nonce | self.claims, KEY)
        return web.json_response(
            {
                "access_token": "at-1",
                "token_type": "Bearer",
                "expires_in": 60,
                "id_token": id_token,
                "refresh_token": "rt-1",
            }
        )

    async def who(self, request):
        assert request.headers["authorization"] == "Bearer at-1"
        return web.json_response(self.userinfo)


@pytest_asyncio.fixture
async def provider():
    provider = Provider()
    runner = web.AppRunner(provider.application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield provider
    await runner.cleanup()


@pytest.fixture
def demo():
    still = Still()
    return Demo(still, still)


def message(provider, *, development=True, cookie="", method="GET", **params):
    tenant = Tenant(tenant_id="t", name="", issuer=provider.issuer, development=development)
    return Message(
        method=method,
        path="/",
        url=provider.issuer,
        base=provider.issuer,
        tenant=tenant,
        params={name: (value,) for name, value in params.items()},
        cookies={COOKIE: cookie} if cookie else {},
    )


async def started(demo, provider):
    """Start a sign-in; return the cookie and the authorization request."""
    answer = await demo.start(message(provider))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
    provider.nonce, provider.challenge = asked["nonce"], asked["code_challenge"]
    return answer.cookies[0].value, asked


async def signed_in(demo, provider):
    cookie, asked = await started(demo, provider)
    back = {"code": "c1", "state": asked["state"], "iss": provider.issuer}
    return cookie, await demo.callback(message(provider, cookie=cookie, **back))


async def test_it_asks_for_a_code_with_pkce_state_and_nonce(demo, provider):
    _, asked = await started(demo, provider)

    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT_ID
    assert asked["redirect_uri"] == provider.issuer + CALLBACK
    assert asked["code_challenge_method"] == "S256"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


async def test_it_exchanges_the_code_checks_the_id_token_and_shows_it(demo, provider):
    cookie, answer = await signed_in(demo, provider)
    assert answer == Go(location=f"{provider.issuer}/demo/tokens")

    page = await demo.show(message(provider, cookie=cookie))

    assert page.facts["name"] == "Alice"
    assert {
        "name": "sub",
        "value": "s1",
        "meaning": "The person, by a name that never changes",
    } in page.facts["claims"]
    assert "rt-1" not in str(page.facts)
    html = Views().render(page, message(provider)).decode()
    assert "Welcome, Alice" in html
    assert "Exchanged the code for tokens" in html


@pytest.mark.parametrize(
    "spoilt",
    [{"iss": "https://other.example"}, {"aud": "another"}, {"exp": NOW - 1}, {"nonce": "old"}],
)
async def test_it_refuses_an_id_token_that_is_not_for_this_sign_in(demo, provider, spoilt):
    provider.claims = spoilt

    _, page = await signed_in(demo, provider)

    assert page.name == "demo_failed"
    assert page.facts["what"] == "The ID token did not pass the checks of the app."


async def test_it_refuses_userinfo_of_another_person(demo, provider):
    provider.userinfo = {"sub": "s2"}

    _, page = await signed_in(demo, provider)

    assert page.facts["what"] == "Userinfo speaks of another person than the ID token."


async def test_it_refuses_an_answer_it_did_not_ask_for(demo, provider):
    cookie, asked = await started(demo, provider)
    good = {"code": "c1", "state": asked["state"], "iss": provider.issuer}

    stranger = await demo.callback(message(provider, **good))
    forged = await demo.callback(message(provider, cookie=cookie, **(good | {"state": "x"})))
    mixed_up = await demo.callback(
        message(provider, cookie=cookie, **(good | {"iss": "https://evil.example"}))
    )

    assert {stranger.status, forged.status, mixed_up.status} == {400}
    assert provider.asked == []


async def test_it_shows_why_the_server_sent_it_away(demo, provider):
    cookie, asked = await started(demo, provider)

    page = await demo.callback(
        message(provider, cookie=cookie, state=asked["state"], error="access_denied", iss=provider.issuer)
    )

    assert page.facts["error"] == "access_denied"


async def test_it_shows_why_the_token_endpoint_refused(demo, provider):
    cookie, asked = await started(demo, provider)
    provider.challenge = "another"

    page = await demo.callback(
        message(provider, cookie=cookie, state=asked["state"], code="c1", iss=provider.issuer)
    )

    assert (page.facts["error"], page.facts["description"]) == ("invalid_grant", "no")


async def test_it_refreshes_its_tokens(demo, provider):
    cookie, _ = await signed_in(demo, provider)
    form = (await demo.show(message(provider, cookie=cookie))).facts["form_token"]

    answer = await demo.act(message(provider, cookie=cookie, method="POST", form_token=form, refresh="1"))

    assert answer == Go(location=f"{provider.issuer}/demo/tokens")
    assert provider.asked[-1] == {
        "grant_type": "refresh_token",
        "client_id": CLIENT_ID,
        "refresh_token": "rt-1",
    }
    assert (await demo.show(message(provider, cookie=cookie))).facts["refreshed"] is True


async def test_it_signs_out_here_and_at_the_server(demo, provider):
    cookie, _ = await signed_in(demo, provider)
    form = (await demo.show(message(provider, cookie=cookie))).facts["form_token"]

    answer = await demo.act(message(provider, cookie=cookie, method="POST", form_token=form, sign_out="1"))

    asked = parse_qs(urlsplit(answer.location).query)
    assert answer.location.startswith(f"{provider.issuer}/logout?")
    assert asked["post_logout_redirect_uri"] == [f"{provider.issuer}/"]
    assert "id_token_hint" in asked
    assert await demo.show(message(provider, cookie=cookie)) == Go(location=f"{provider.issuer}/")


async def test_a_form_without_its_token_does_nothing(demo, provider):
    cookie, _ = await signed_in(demo, provider)

    page = await demo.act(message(provider, cookie=cookie, method="POST", sign_out="1"))

    assert page.status == 400
    assert (await demo.show(message(provider, cookie=cookie))).name == "demo_result"


async def test_without_a_visit_it_goes_to_the_front_page(demo, provider):
    home = Go(location=f"{provider.issuer}/")

    assert await demo.show(message(provider)) == home
    assert await demo.act(message(provider, method="POST", refresh="1")) == home


async def test_a_server_that_does_not_answer_is_told(demo, provider):
    gone = structs.replace(message(provider).tenant, issuer="http://127.0.0.1:1")
    asked = Message(method="GET", path="/", url="", base="http://127.0.0.1:1", tenant=gone)

    page = await demo.start(asked)

    assert page.name == "demo_failed"


async def test_outside_development_there_is_nothing_here(demo, provider):
    page = await demo.start(message(provider, development=False))

    assert (page.name, page.status) == ("error", 404)
    assert (await front(message(provider, development=False))) == Page(name="home")


async def test_the_front_page_says_who_can_sign_in(provider):
    page = await front(message(provider))
    html = Views().render(page, message(provider)).decode()

    assert all(role.username in html and role.password in html for role in PEOPLE)
    assert provider.issuer in html


async def test_the_front_page_names_every_app_and_the_secret_that_all_know(provider):
    page = await front(message(provider))
    html = Views().render(page, message(provider)).decode()

    assert all(client_id in html for client_id in (CLIENT_ID, *(app.client_id for app in APPS)))
    assert SECRET in html


def test_the_application_is_a_public_client_with_exact_addresses(provider):
    client = demo_client(message(provider).tenant, "http://localhost:8080", NOW)

    assert client.is_public
    assert client.redirect_uris == ("http://localhost:8080/demo/callback",)


def test_visits_are_not_kept_without_bound():
    visits = Visits()
    for number in range(MOST + 5):
        visits.keep(str(number), Visit(state="s", nonce="n", verifier="v", form_token="f"))

    assert visits.find("0") is None
    assert visits.find(str(MOST + 4)) is not None
