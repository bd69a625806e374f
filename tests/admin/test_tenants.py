"""Tenants with their keys, scopes and claims, and the set-up of the first administrator."""

import pytest

from limen.admin import events, keys, scopes, setup, tenants
from limen.admin.operation import OPERATOR, PERMISSIONS, Actor
from limen.admin.refusal import Conflict, Forbidden, Invalid, NotFound, Refusal
from limen.admin.tenant_document import read_tenant, write_tenant
from limen.errors import InvalidClientMetadata
from limen.model.scope import ClaimDefinition, ScopeDefinition
from limen.model.secret import Secret
from tests.admin.conftest import BASE

GOOD = "violet umbrella 42 trains"


async def update(ports, patch, name="acme"):
    return await tenants.update(tenants.UpdateTenant(tenant=name, patch=patch), OPERATOR, ports)


@pytest.mark.parametrize(
    ("name", "compatible", "issuer"),
    [
        ("", False, BASE),
        ("acme", False, f"{BASE}/t/acme"),
        ("", True, f"{BASE}/oauth2/token"),
        ("acme", True, f"{BASE}/t/acme/oauth2/token"),
    ],
)
def test_an_issuer_has_one_of_four_forms(name, compatible, issuer):
    assert tenants.issuer_of(BASE, name, compatible=compatible) == issuer


@pytest.mark.parametrize("name", ["Acme", "a.b", "a/b", "..", "-a", "a-", "a b", "ä", "a" * 64, "%61"])
async def test_tn_11_a_tenants_name_has_one_spelling(ports, name):
    with pytest.raises(Invalid):
        await tenants.create(tenants.CreateTenant(name=name, base_url=BASE), OPERATOR, ports)


@pytest.mark.parametrize(
    "base", ["http://id.example", "https://id.example/", "https://id.example/x", "https://", "x"]
)
async def test_a_base_address_is_https_and_nothing_more(ports, base):
    with pytest.raises(Invalid):
        await tenants.create(tenants.CreateTenant(name="new", base_url=base), OPERATOR, ports)


async def test_tn_18_a_new_tenant_has_keys_of_its_own_and_its_name_is_taken(ports):
    made = await tenants.create(tenants.CreateTenant(name="new", base_url=BASE), OPERATOR, ports)

    assert ports.keys.algorithms(made.tenant_id)
    with pytest.raises(Conflict):
        await tenants.create(tenants.CreateTenant(name="new", base_url=BASE), OPERATOR, ports)


async def test_a_tenant_is_changed_by_a_merge_patch(ports):
    await update(
        ports, {"settings": {"access_token_lifetime": 600, "consent": "trusted"}, "legacy": ["implicit"]}
    )

    tenant = await update(ports, {"settings": {"consent": None}, "registration": {"mode": "token"}})

    assert tenant.settings.access_token_lifetime == 600
    assert tenant.settings.consent is None
    assert tenant.legacy == {"implicit"}
    assert tenant.registration.mode == "token"


@pytest.mark.parametrize(
    "patch",
    [
        {"issuer": "https://evil.example"}, {"tenant_id": "x"}, {"name": "x"}, {"enabled": False},
        {"development": True}, {"revision": 9}, {"display_nam": "x"}, {"legacy": ["plain"]},
        {"legacy": "implicit"},
        {"settings": {"acces_token_lifetime": 1}}, {"settings": []}, {"session_lifetime": 0},
        {"session_lifetime": "12h"}, {"registration": {"mode": "wide open"}}, {"support_url": "javascript:x"},
        {"require_https_redirect": "no"}, {"resources": [{"name": "x"}]}, {"not_before": 0},
    ],
)  # fmt: skip
async def test_what_cannot_be_changed_or_makes_no_sense_is_refused(ports, patch):
    with pytest.raises(Invalid):
        await update(ports, patch)


async def test_a_setting_out_of_range_is_refused(ports):
    with pytest.raises(InvalidClientMetadata):
        await update(ports, {"settings": {"access_token_lifetime": 0}})


OTHER = {"issuer": "https://other.example", "jwks_uri": "https://other.example/jwks"}


@pytest.mark.parametrize(
    "issuers",
    [
        [{"issuer": OTHER["issuer"]}], [{**OTHER, "jwks": {"keys": [{"kty": "EC"}]}}], [OTHER, OTHER],
        [{**OTHER, "issuer": f"{BASE}/t/acme"}], [{**OTHER, "issuer": ""}],
        [{**OTHER, "jwks_uri": "http://other.example/jwks"}], [{**OTHER, "jwks_uri": "https://10.0.0.1/"}],
        [{"issuer": OTHER["issuer"], "jwks": {}}], [{**OTHER, "subjects": "persons"}],
        [{**OTHER, "algorithms": ["HS256"]}], [{**OTHER, "algorithms": []}],
        [{"issuer": OTHER["issuer"], "jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}],
    ],
)  # fmt: skip
@pytest.mark.parametrize("member", ["trusted_issuers", "statement_issuers"])
async def test_an_issuer_that_could_never_be_believed_or_only_too_much_is_refused(ports, member, issuers):
    patch = {member: issuers} if member == "trusted_issuers" else {"registration": {member: issuers}}

    with pytest.raises((Invalid, InvalidClientMetadata), match=member):
        await update(ports, patch)


@pytest.mark.parametrize(
    "patch",
    [
        {"resources": [{"resource": "no uri"}]},
        {"resources": [{"resource": "https://api.example/#part"}]},
        {"resources": [{"resource": "https://api.example/a b"}]},
        {"resources": [{"resource": "https://api.example"}] * 2},
        {"resources": [{"resource": "https://api.example", "scopes": ["a b"]}]},
        {"resources": [{"resource": "https://api.example", "scopes": [""]}]},
        {"resources": [{"resource": "https://api.example", "scopes": ['"']}]},
        {"detail_types": [{"type": "payment"}] * 2},
        {"detail_types": [{"type": ""}]},
        {"session_lifetime": 0},
        {"session_lifetime": 99_999_999_999_999},
        {"session_idle_lifetime": -1},
        {"registration": {"hourly_limit": -5}},
        {"registration": {"unused_days": -1}},
    ],
)
async def test_what_no_request_could_name_and_no_number_anybody_means_is_refused(ports, patch):
    with pytest.raises((Invalid, InvalidClientMetadata)):
        await update(ports, patch)


async def test_what_is_written_reads_back_as_the_same_tenant(ports):
    tenant = await update(
        ports,
        {
            "resources": [{"resource": "https://api.example", "scopes": ["read"]}],
            "trusted_issuers": [
                {"issuer": "https://other.example", "jwks_uri": "https://other.example/jwks"}
            ],
            "settings": {"id_token_audience": ["a", "b"]},
            "labels": {"team": "id"},
        },
    )

    assert read_tenant(write_tenant(tenant), base=tenant) == tenant


async def test_tn_07_a_disabled_tenants_tokens_stay_dead(ports):
    assert (await tenants.disable(tenants.NameTenant(tenant="acme"), OPERATOR, ports)).enabled is False

    again = await tenants.enable(tenants.NameTenant(tenant="acme"), OPERATOR, ports)

    assert again.enabled
    assert again.not_before == ports.clock.now() + 1


async def test_the_root_tenant_stays_and_another_goes(ports):
    with pytest.raises(Conflict):
        await tenants.delete(tenants.NameTenant(tenant=""), OPERATOR, ports)

    await tenants.delete(tenants.NameTenant(tenant="acme"), OPERATOR, ports)

    assert await ports.storage.tenant("acme") is None
    told = await events.list_events(events.ListEvents(tenant=""), OPERATOR, ports)
    assert "tenant.deleted" in {event.name for event in told}


async def test_an_administrator_of_one_tenant_reaches_no_other(ports):
    local = Actor(name="x", permissions=PERMISSIONS, tenant="acme")

    assert [t.name for t in await tenants.list_tenants(tenants.ListTenants(), local, ports)] == ["acme"]
    with pytest.raises(Forbidden):
        await tenants.show(tenants.NameTenant(tenant=""), local, ports)
    with pytest.raises(Forbidden):
        await tenants.create(tenants.CreateTenant(name="new", base_url=BASE), local, ports)
    with pytest.raises(Forbidden):
        await tenants.delete(tenants.NameTenant(tenant="acme"), local, ports)


async def test_keys_are_listed_rotated_and_added(ports):
    rotated = await keys.rotate(keys.RotateKeys(tenant="acme"), OPERATOR, ports)
    assert {"active", "next"} <= {key.state for key in rotated if key.use == "sig"}

    added = await keys.add(keys.AddKey(tenant="acme", alg="ES512"), OPERATOR, ports)
    assert "ES512" in {key.alg for key in added}
    listed = await keys.list_keys(keys.ListKeys(tenant="acme"), OPERATOR, ports)
    assert len(listed) == len(added)
    for bad in (keys.RotateKeys(tenant="acme", use="pairwise"), keys.AddKey(tenant="acme", alg="HS256")):
        with pytest.raises(Invalid):
            await (keys.rotate if isinstance(bad, keys.RotateKeys) else keys.add)(bad, OPERATOR, ports)


@pytest.mark.parametrize("alg", [None, "RS256", "NO-SUCH"])
async def test_a_rotation_that_would_do_nothing_is_refused(ports, alg):
    await keys.rotate(keys.RotateKeys(tenant="acme"), OPERATOR, ports)
    before = await keys.list_keys(keys.ListKeys(tenant="acme"), OPERATOR, ports)

    with pytest.raises(Conflict):
        await keys.rotate(keys.RotateKeys(tenant="acme", alg=alg), OPERATOR, ports)

    assert await keys.list_keys(keys.ListKeys(tenant="acme"), OPERATOR, ports) == before


async def test_scopes_and_claims_are_defined_and_removed(ports):
    await scopes.define_claim(
        scopes.DefineClaim(tenant="acme", definition=ClaimDefinition(claim="team", attribute="team")),
        OPERATOR,
        ports,
    )
    await scopes.define_scope(
        scopes.DefineScope(tenant="acme", definition=ScopeDefinition(scope="staff", claims=("team",))),
        OPERATOR,
        ports,
    )
    assert "staff" in {
        d.scope for d in await scopes.list_scopes(scopes.ListScopes(tenant="acme"), OPERATOR, ports)
    }

    await scopes.remove_claim(scopes.RemoveDefinition(tenant="acme", name="team"), OPERATOR, ports)
    found = {d.scope: d for d in await scopes.list_scopes(scopes.ListScopes(tenant="acme"), OPERATOR, ports)}
    assert found["staff"].claims == ()
    await scopes.remove_scope(scopes.RemoveDefinition(tenant="acme", name="staff"), OPERATOR, ports)
    assert "team" not in {
        d.claim for d in await scopes.list_claims(scopes.ListScopes(tenant="acme"), OPERATOR, ports)
    }


async def test_ui_07_the_servers_own_claims_and_scopes_stay(ports):
    for claim in ("sub", "aud", "cnf", "a b", ""):
        with pytest.raises(Invalid):
            await scopes.define_claim(
                scopes.DefineClaim(tenant="acme", definition=ClaimDefinition(claim=claim)), OPERATOR, ports
            )
    for scope in ("a b", 'a"b', ""):
        with pytest.raises(Invalid):
            await scopes.define_scope(
                scopes.DefineScope(tenant="acme", definition=ScopeDefinition(scope=scope)), OPERATOR, ports
            )
    with pytest.raises(Conflict):
        await scopes.remove_scope(scopes.RemoveDefinition(tenant="acme", name="openid"), OPERATOR, ports)
    for remove, name in ((scopes.remove_scope, "nothing"), (scopes.remove_claim, "nothing")):
        with pytest.raises(NotFound):
            await remove(scopes.RemoveDefinition(tenant="acme", name=name), OPERATOR, ports)


async def test_ad_15_a_set_up_link_makes_one_administrator_once(ports):
    handle = await setup.issue(setup.IssueLink(), OPERATOR, ports)

    person = await setup.redeem(setup.RedeemLink(handle=handle, username="ada", password=Secret(GOOD)), ports)

    assert person.roles == ("administrator",)
    with pytest.raises(NotFound):
        await setup.redeem(setup.RedeemLink(handle=handle, username="eve", password=Secret(GOOD)), ports)


async def test_a_set_up_link_ends_after_fifteen_minutes_and_survives_a_bad_password(ports):
    handle = await setup.issue(setup.IssueLink(), OPERATOR, ports)

    with pytest.raises(Invalid):
        await setup.redeem(setup.RedeemLink(handle=handle, username="ada", password=Secret("short")), ports)
    assert await setup.look(handle, ports)
    ports.clock.at += setup.LIFETIME
    with pytest.raises(NotFound):
        await setup.redeem(setup.RedeemLink(handle=handle, username="ada", password=Secret(GOOD)), ports)
    with pytest.raises(NotFound):
        await setup.look(Secret("invented"), ports)


def test_every_refusal_has_a_status_of_its_own_kind():
    assert {kind.status for kind in Refusal.__subclasses__()} == {403, 404, 409, 412, 422}
