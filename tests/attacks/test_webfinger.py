"""WebFinger tells nobody who has an account (attack rows WF-01, WF-03)."""

import pytest
import pytest_asyncio

REL = "http://openid.net/specs/connect/1.0/issuer"


@pytest_asyncio.fixture
async def home(world):
    await world.tenant("acme")
    await world.person("alice")
    return world


async def finger(world, resource, **more):
    return await world.http.get("/.well-known/webfinger", params={"resource": resource, **more})


async def test_wf_01_known_and_unknown_people_look_alike(home):
    known, unknown = await finger(home, "acct:alice@id.test"), await finger(home, "acct:bobby@id.test")

    assert known.status == unknown.status == 200
    assert known.headers == unknown.headers
    assert known.text.replace("alice", "bobby") == unknown.text


async def test_wf_01_tenants_speak_for_themselves(home):
    reply = await finger(home, "acct:alice%40acme@id.test")

    assert reply.json()["links"] == [{"rel": REL, "href": "https://id.test/t/acme"}]


@pytest.mark.parametrize("host", ["other.test", "id.test.evil.test", "evil.test@other.test"])
async def test_wf_01_other_hosts_are_not_ours(home, host):
    assert (await finger(home, f"acct:alice@{host}")).status == 404


@pytest.mark.parametrize(
    "resource", ["", "acct:", "acct:alice", "mailto:alice@id.test", "https://[", "javascript:1", "\x7f"]
)
async def test_wf_03_bad_resources_are_refused(home, resource):
    assert (await finger(home, resource)).status == 400


async def test_wf_03_no_resource_two_and_a_huge_one(home):
    none = await home.http.get("/.well-known/webfinger")
    two = await finger(home, ["acct:a@id.test", "acct:b@id.test"])
    huge = await finger(home, "acct:" + "a" * 10_000 + "@id.test")

    assert (none.status, two.status) == (400, 400)
    assert huge.status in {400, 414}


async def test_wf_03_an_unknown_rel_gets_no_links(home):
    reply = await finger(home, "acct:alice@id.test", rel="http://unknown.test/rel")

    assert (reply.status, reply.json()["links"]) == (200, [])


async def test_wf_03_the_answer_is_a_jrd(home):
    reply = await finger(home, "acct:alice@id.test", rel=REL)

    assert reply.header("content-type") == "application/jrd+json"
    assert reply.json() == {
        "subject": "acct:alice@id.test", "links": [{"rel": REL, "href": "https://id.test"}],
    }  # fmt: skip
