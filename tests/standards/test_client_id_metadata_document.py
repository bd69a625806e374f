"""OAuth Client ID Metadata Document (draft-ietf-oauth-client-id-metadata-document)."""

import pytest
import pytest_asyncio

from limen.admin.unused_clients import purge_unused
from limen.errors import TemporarilyUnavailable
from limen.model.settings import Settings
from tests.applicant import open_registration
from tests.issuer import Issuer
from tests.proofs import ClientKey
from tests.world import CALLBACK, PASSWORD

URL = "https://agent.test/client.json"


def document(**changes):
    said = {"client_id": URL, "client_name": "Agent", "redirect_uris": [CALLBACK], **changes}
    return {name: value for name, value in said.items() if value is not None}


@pytest_asyncio.fixture
async def home(world):
    await open_registration(world, mode="closed", client_id_documents=True, unused_days=2)
    await world.person()
    world.ports.fetcher.documents[URL] = document()
    return world


async def _asked(world, client_id=URL, **params):
    return await world.authorize(world.browser(), client_id, **params)


async def test_3_a_client_is_known_by_its_address_alone(home):
    tokens = await home.code_flow(client_id=URL, auth=None)

    assert (await home.userinfo(tokens["access_token"])).json()["sub"] == "sub-alice"
    assert home.ports.fetcher.fetched == [URL]


async def test_3_nobody_is_fetched_where_documents_are_off(home):
    await open_registration(home, mode="open")

    reply = await _asked(home)

    assert (reply.status, home.ports.fetcher.fetched) == (400, [])


async def test_3_switching_documents_off_ends_those_clients_at_the_token_endpoint(home):
    code = await home.code_for(home.browser(), URL)
    await open_registration(home, mode="closed")

    assert (await home.redeem(code, auth=None, client_id=URL)).status == 401


@pytest.mark.parametrize(
    "url",
    [
        "https://agent.test", "https://agent.test/a/../client.json", "https://agent.test/./client.json",
        "https://agent.test/client.json#x", "https://user:pass@agent.test/client.json",
        "http://agent.test/client.json", "https://127.0.0.1/client.json", "https://localhost/client.json",
        "https://169.254.169.254/client.json", "https://[::1]/client.json",
    ],
)  # fmt: skip
async def test_3_treacherous_addresses_are_never_fetched(home, url):
    home.ports.fetcher.documents[url] = document(client_id=url)

    reply = await _asked(home, url)

    assert (reply.status, home.ports.fetcher.fetched) == (400, [])


@pytest.mark.parametrize(
    "found",
    [
        document(client_id="https://agent.test/other.json"),
        document(client_id=None),
        document(redirect_uris=None),
        document(redirect_uris=["http://evil.test/cb"]),
        document(client_secret="x"),
        document(token_endpoint_auth_method="client_secret_basic"),
        document(token_endpoint_auth_method="private_key_jwt"),
        document(sector_identifier_uri="https://agent.test/sector", subject_type="pairwise"),
        ["no", "object"],
    ],
)
async def test_4_documents_that_break_a_rule_make_no_client(home, found):
    home.ports.fetcher.documents[URL] = found

    assert (await _asked(home)).status == 400
    assert await home.storage.client("tenant-root", URL) is None


async def test_4_private_keys_in_a_document_are_refused(home):
    private = {"keys": [Issuer(home.clock).key.as_dict(private=True)]}
    home.ports.fetcher.documents[URL] = document(token_endpoint_auth_method="private_key_jwt", jwks=private)

    assert (await _asked(home)).status == 400


async def test_4_a_client_with_keys_proves_itself(home):
    key = ClientKey()
    home.ports.fetcher.documents[URL] = document(token_endpoint_auth_method="private_key_jwt", jwks=key.jwks)
    code = await home.code_for(home.browser(), URL)
    now = home.clock.now()
    assertion = key.sign(
        {"iss": URL, "sub": URL, "aud": "https://id.test", "exp": now + 60, "iat": now, "jti": "1"}
    )
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    refused = await home.redeem(code, auth=None, client_id=URL)
    reply = await home.redeem(code, auth=None, client_assertion=assertion, client_assertion_type=kind)

    assert (refused.status, reply.status) == (401, 200), reply.text


async def test_4_only_grants_that_need_a_person_are_taken(home):
    home.ports.fetcher.documents[URL] = document(
        grant_types=["authorization_code", "client_credentials", "password", "implicit"]
    )
    await _asked(home)

    client = await home.storage.client("tenant-root", URL)

    assert client.grant_types == {"authorization_code"}


async def test_4_a_loopback_address_works_with_any_port(home):
    home.ports.fetcher.documents[URL] = document(redirect_uris=["http://127.0.0.1/callback"])

    reply = await _asked(home, redirect_uri="http://127.0.0.1:49152/callback")

    assert reply.status == 200
    assert "/i/" in reply.location


async def test_5_discovery_tells_of_it(home):
    told = (await home.http.get("/.well-known/oauth-authorization-server")).json()
    await open_registration(home, mode="closed")
    silent = (await home.http.get("/.well-known/oauth-authorization-server")).json()

    assert told["client_id_metadata_document_supported"] is True
    assert "client_id_metadata_document_supported" not in silent


async def test_6_consent_is_asked_each_time_even_where_all_are_trusted(home):
    await open_registration(
        home, mode="closed", client_id_documents=True, settings=Settings(consent="trusted")
    )
    browser = home.browser()
    await home.code_flow(browser, URL, auth=None)

    again = await home.authorize(browser, URL)
    silent = await home.authorize(browser, URL, prompt="none")

    assert again.location.endswith("/consent")
    assert silent.params["error"] == "consent_required"


async def test_6_the_host_is_part_of_the_name(home):
    home.ports.fetcher.documents[URL] = document(client_name="Your Bank")
    browser = home.browser()
    page = await browser.follow(await home.authorize(browser, URL))
    reply = await browser.submit(page.url, home.fill(page.text, page.url, "alice", PASSWORD, True))

    consent = await browser.follow(reply)

    assert "Your Bank (agent.test)" in page.text
    assert "Your Bank (agent.test)" in consent.text


async def test_6_the_document_is_asked_for_again_after_an_hour(home):
    await _asked(home)
    home.ports.fetcher.documents[URL] = document(redirect_uris=["https://moved.test/cb"])
    assert (await _asked(home)).status == 200

    home.clock.forward(3600)

    assert (await _asked(home)).status == 400
    assert (await _asked(home, redirect_uri="https://moved.test/cb")).status == 200
    assert home.ports.fetcher.fetched == [URL, URL]


async def test_6_a_server_that_is_away_for_a_while_does_no_harm(home):
    await _asked(home)
    home.ports.fetcher.documents.clear()

    home.clock.forward(7200)
    assert (await _asked(home)).status == 200

    home.clock.forward(86_400)
    assert (await _asked(home)).status == 400


async def test_6_a_document_that_turns_bad_ends_the_client(home):
    await _asked(home)
    home.ports.fetcher.documents[URL] = document(client_id="https://evil.test/")
    home.clock.forward(3600)

    assert (await _asked(home)).status == 400


async def test_6_an_operator_can_bar_such_a_client(home):
    await _asked(home)
    await home.change(await home.storage.client("tenant-root", URL), enabled=False)

    home.clock.forward(7200)

    assert (await _asked(home)).status == 400
    assert home.ports.fetcher.fetched == [URL]


async def test_6_naming_strangers_is_limited_for_each_host(home):
    await open_registration(home, mode="closed", client_id_documents=True, hourly_limit=2)

    replies = [await _asked(home, f"https://agent.test/{n}") for n in range(3)]

    assert [reply.status for reply in replies] == [400, 400, 429]
    assert len(home.ports.fetcher.fetched) == 2


async def test_6_a_store_that_does_not_answer_is_no_fault_of_the_document(home, monkeypatch):
    async def away(*_changes):
        raise TemporarilyUnavailable("the service cannot answer just now")

    monkeypatch.setattr(home.storage, "commit", away)

    assert (await _asked(home)).status == 503


async def test_6_naming_strangers_of_many_hosts_is_limited_for_each_source(home):
    await open_registration(home, mode="closed", client_id_documents=True, hourly_limit=2)
    for n in range(4):
        url = f"https://agent{n}.test/app"
        home.ports.fetcher.documents[url] = document(client_id=url)

    replies = [await _asked(home, f"https://agent{n}.test/app") for n in (0, 1, 2, 3, 0, 1)]

    assert [reply.status for reply in replies] == [200, 200, 429, 429, 200, 200]
    assert len(home.ports.fetcher.fetched) == 2


async def test_6_unused_clients_are_forgotten(home):
    await _asked(home)
    home.clock.forward(2 * 86_400)

    assert await purge_unused(home.ports) == 1
    assert await home.storage.client("tenant-root", URL) is None
