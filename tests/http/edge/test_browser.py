"""Answers and refusals for a person's browser."""

import pytest

from limen.http.cookies import tenant8

OURS = {"Sec-Fetch-Site": "same-origin"}


async def test_a_query_answer_is_joined_to_the_redirect_uris_own(client):
    reply = await client.get("/query")

    assert reply.status == 303
    assert reply.header("location").startswith("https://rp.test/cb?keep=1&")
    assert reply.params == {"keep": "1", "code": "a b&c", "state": "s", "iss": "https://id.test"}
    assert reply.header("referrer-policy") == "no-referrer"
    assert reply.header("cache-control") == "no-store"


async def test_a_fragment_answer(client):
    assert (await client.get("/fragment")).header("location") == "https://rp.test/cb?keep=1#code=1"


async def test_a_form_post_answer_is_a_page(client):
    reply = await client.get("/form_post")

    assert reply.status == 200
    assert "form_post" in reply.text
    assert "'target': 'https://rp.test/cb?keep=1', 'fields': {'response': 'jwt'}" in reply.text


async def test_a_step_is_asked_for_below_the_tenant(client):
    assert (await client.get("/t/acme/ask")).header("location") == "https://id.test/t/acme/i/123/sign_in"


async def test_after_a_post_the_browser_is_sent_on_with_303(client):
    reply = await client.post("/go", headers=OURS)

    assert (reply.status, reply.header("location")) == (303, "/account")


async def test_a_page_confines_itself(client):
    reply = await client.get("/form")

    assert reply.header("content-security-policy") == "default-src 'none'"
    assert reply.header("cache-control") == "no-store"
    assert reply.header("x-content-type-options") == "nosniff"
    assert reply.header("strict-transport-security")


async def test_what_one_page_sets_is_not_on_the_next(client):
    first, second = [await client.get("/t/acme/form") for _ in range(2)]

    assert [name for name, _ in first.headers] == [name for name, _ in second.headers]


async def test_cs_05_pages_have_no_cors_headers(client):
    for path in ("/form", "/oauth2/authorize", "/refuse/page"):
        reply = await client.get(path, headers={"Origin": "https://app.test"})
        assert not [name for name, _ in reply.headers if name.startswith("access-control")]


async def test_cookies_are_set_by_their_names_on_the_wire(client):
    await client.get("/t/acme/form")

    assert client.cookies == {
        f"__Host-lm_s_{tenant8('a')}": "handle",
        "__Host-lm_i_0a1b2c3d": "secret",
        f"lm_bs_{tenant8('a')}": "state",
    }
    assert (await client.get("/t/acme/register/new")).json()["cookies"] == {
        "session": "handle",
        "interaction:0a1b2c3d": "secret",
        "browser_state": "state",
    }
    assert "session" not in (await client.get("/register/new")).json()["cookies"]


async def test_an_empty_cookie_is_removed(client):
    await client.get("/form")
    await client.get("/go")

    assert f"__Host-lm_s_{tenant8('root')}" not in client.cookies


async def test_xs_02_a_refusal_without_a_place_to_go_is_a_page(client):
    reply = await client.get("/refuse/page")

    assert (reply.status, reply.header("content-type")) == (400, "text/html; charset=utf-8")
    assert "'code': 'invalid_request'" in reply.text
    assert reply.header("limen-reference") in reply.text


async def test_a_refusal_goes_home_with_state_and_issuer(client):
    reply = await client.get("/refuse/home")

    assert reply.status == 303
    assert reply.params == {
        "keep": "1",
        "error": "access_denied",
        "error_description": "no",
        "state": "s",
        "iss": "https://id.test",
    }


async def test_a_refusal_goes_home_by_form_post(client):
    reply = await client.get("/refuse/home_post")

    assert reply.status == 200
    assert "'error': 'access_denied'" in reply.text
    assert "'state'" not in reply.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
async def test_se_a_form_of_another_site_is_refused(client, site):
    reply = await client.post("/form", headers={"Sec-Fetch-Site": site, "Origin": "https://id.test"})

    assert (reply.status, "cross_site" in reply.text) == (403, True)


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://id.test", "https://id.test:8443"])
async def test_se_an_old_browsers_form_of_another_site_is_refused(client, origin):
    assert (await client.post("/form", headers={"Origin": origin})).status == 403


@pytest.mark.parametrize("headers", [{}, OURS, {"Sec-Fetch-Site": "none"}, {"Origin": "https://id.test"}])
async def test_our_own_forms_are_taken(client, headers):
    assert (await client.post("/t/acme/form", headers=headers)).status == 200


async def test_an_application_may_post_its_authorization_request(client):
    reply = await client.post("/oauth2/authorize", form={"a": "1"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert reply.status == 200


async def test_unreadable_parameters_are_a_page(client):
    reply = await client.get("/oauth2/authorize?state=%ff")

    assert (reply.status, "invalid_request" in reply.text) == (400, True)


async def test_a_wrong_kind_of_body_is_a_page(client):
    reply = await client.post("/form", json={}, headers=OURS)

    assert (reply.status, reply.header("content-type")) == (415, "text/html; charset=utf-8")


async def test_xs_09_a_fault_is_a_page_under_the_same_policy(client):
    reply = await client.get("/broken-page")

    assert (reply.status, "server_error" in reply.text) == (500, True)
    assert reply.header("content-security-policy")
    assert "hunter2" not in reply.text
