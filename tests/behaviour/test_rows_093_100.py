"""WebFinger and discovery (rows 93 to 100 of the behaviour list)."""

import pytest

from tests.world import SECRET

REL = "http://openid.net/specs/connect/1.0/issuer"
FINGER = "/.well-known/webfinger"
DOCUMENT = "/.well-known/openid-configuration"
METADATA = "/.well-known/oauth-authorization-server"
ALIASES = ("/oauth2/token", "/oauth2/oidcdiscovery")
SEED = {
    "scopes_supported", "check_session_iframe", "issuer", "authorization_endpoint", "claims_supported",
    "token_endpoint", "response_types_supported", "end_session_endpoint", "userinfo_endpoint", "jwks_uri",
    "subject_types_supported", "id_token_signing_alg_values_supported",
}  # fmt: skip


@pytest.mark.parametrize(
    ("resource", "href"),
    [
        ("acct:admin@id.test", "https://id.test"),
        ("acct:admin%40acme@id.test", "https://id.test/t/acme"),
        ("https://id.test/t/acme", "https://id.test/t/acme"),
        ("https://id.test", "https://id.test"),
    ],
)
async def test_rows_93_and_96_a_resource_leads_to_its_issuer(world, resource, href):
    await world.tenant("acme")

    reply = await world.http.get(FINGER, params={"resource": resource, "rel": [REL, "other"]})

    assert reply.json() == {"subject": resource, "links": [{"rel": REL, "href": href}]}
    assert reply.header("content-type") == "application/jrd+json"
    assert reply.header("access-control-allow-origin") == "*"


async def test_row_94_an_unknown_tenant_is_not_found(world):
    assert (await world.http.get(FINGER, params={"resource": "acct:a%40none@id.test"})).status == 404


async def test_row_95_a_tenant_may_answer_its_applications_alone(world):
    acme = await world.tenant("acme", webfinger_requires_auth=True)
    await world.client("theirs", tenant=acme.tenant_id)
    await world.client("ours")
    await world.client("public", tenant=acme.tenant_id, token_endpoint_auth_method="none")
    asked = f"{FINGER}?resource=acct:a%2540acme@id.test"

    nobody = await world.http.get(asked)
    named = await world.http.get(f"{asked}&client_id=public")
    refused = [
        await world.http.request("GET", asked, auth=auth)
        for auth in (("theirs", "wrong"), ("ours", SECRET), ("public", ""))
    ]
    known = await world.http.request("GET", asked, auth=("theirs", SECRET))
    root = await world.http.get(FINGER, params={"resource": "acct:a@id.test"})

    assert {reply.status for reply in (nobody, named, *refused)} == {401}
    assert nobody.header("www-authenticate").startswith("Basic ")
    assert known.json()["links"][0]["href"] == "https://id.test/t/acme"
    assert root.status == 200


@pytest.mark.parametrize("compatible", [False, True])
@pytest.mark.parametrize("name", ["", "acme"])
async def test_row_98_every_address_serves_the_same_document(world, name, compatible):
    prefix = f"/t/{name}" if name else ""
    issuer = f"https://id.test{prefix}" + ("/oauth2/token" if compatible else "")
    await world.tenant(name, issuer=issuer)
    own = f"{prefix}{ALIASES[0]}" if compatible else prefix
    appended = [f"{prefix}{alias}{document}" for alias in ("", *ALIASES) for document in (DOCUMENT, METADATA)]
    inserted = [f"{document}{prefix}{alias}" for alias in ("", *ALIASES) for document in (DOCUMENT, METADATA)]

    replies = [await world.http.get(path) for path in (*appended, *inserted)]

    assert {reply.status for reply in replies} == {200}
    assert all(reply.json() == replies[0].json() for reply in replies)
    assert replies[0].json()["issuer"] == issuer
    assert (await world.http.get(f"{own}{DOCUMENT}")).json()["issuer"] == issuer
    assert all(reply.header("access-control-allow-origin") == "*" for reply in replies)


@pytest.mark.parametrize("path", [f"/t/none{DOCUMENT}", f"{METADATA}/t/none", f"/t/ACME{DOCUMENT}"])
async def test_row_98_an_unknown_tenant_is_not_found_and_nothing_is_posted(world, path):
    await world.tenant("acme")

    assert (await world.http.get(path)).status == 404
    assert (await world.http.post(DOCUMENT, form={})).status == 405


@pytest.mark.parametrize("issuer", ["https://id.test/t/acme", "https://id.test/t/acme/oauth2/token"])
async def test_row_97_href_and_the_well_known_part_lead_to_the_issuers_document(world, issuer):
    await world.tenant("acme", issuer=issuer)
    finger = await world.http.get(FINGER, params={"resource": "acct:a%40acme@id.test"})
    href = finger.json()["links"][0]["href"]

    document = (await world.http.get(href + DOCUMENT)).json()

    assert document["issuer"] == href


async def test_row_99_the_document_has_what_the_samples_have(world):
    document = (await world.http.get(DOCUMENT)).json()

    assert document.keys() >= SEED
    assert {"public", "pairwise"} == set(document["subject_types_supported"])
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert not any(name.startswith("WebFinger") for name in document)


async def test_row_100_every_endpoint_that_is_advertised_is_there(world):
    document = (await world.http.get(DOCUMENT)).json()
    urls = {
        v for n, v in document.items() if n.endswith(("_endpoint", "_uri", "_iframe")) and "policy" not in n
    }

    for url in urls | set(document["mtls_endpoint_aliases"].values()):
        assert (await world.http.get(url)).status != 404, url
