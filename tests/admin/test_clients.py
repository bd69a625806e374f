"""Applications, as an operator manages them."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from limen.admin import client_secrets, clients, tenants
from limen.admin.merge_patch import merge_patch
from limen.admin.operation import OPERATOR
from limen.admin.refusal import Conflict, Invalid, NotFound, Stale
from limen.admin.templates import TEMPLATES
from limen.errors import InvalidClientMetadata
from limen.model.grant import Grant
from limen.ports.storage import Add, Replace
from limen.tokens.hmac_secret import hmac_secret
from tests.admin.conftest import event_names
from tests.proofs import ClientKey

CB = "https://rp.example/cb"


async def create(ports, template="web", **metadata):
    metadata = {"client_name": "App", "redirect_uris": [CB], **metadata}
    return await clients.create(
        clients.CreateClient(tenant="acme", template=template, metadata=metadata), OPERATOR, ports
    )


async def update(ports, client_id, patch, revision=None):
    command = clients.UpdateClient(tenant="acme", client_id=client_id, patch=patch, revision=revision)
    return await clients.update(command, OPERATOR, ports)


async def test_a_confidential_client_gets_one_secret_which_is_stored_as_its_digest(ports):
    issued = await create(ports)

    secret = issued.client_secret.reveal()
    assert re.fullmatch(r"lm_cs_[A-Za-z0-9_-]{64}", secret)
    (stored,) = issued.client.client_secrets
    assert stored.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert stored.sealed is None
    assert secret not in repr(issued)


async def test_a_secret_that_keys_an_hmac_is_kept_sealed(ports):
    issued = await create(ports, token_endpoint_auth_method="client_secret_jwt")

    assert hmac_secret(ports.keys, issued.client) == issued.client_secret.reveal()


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
async def test_a_secret_is_as_long_as_each_hash_that_it_keys(ports, alg):
    """RFC 7518 §3.2: a key of the hash's size or larger; many libraries refuse a shorter one."""
    issued = await create(
        ports, token_endpoint_auth_method="client_secret_jwt", token_endpoint_auth_signing_alg=alg
    )

    assert len(issued.client_secret.reveal().encode()) * 8 >= int(alg[2:])


@pytest.mark.parametrize("template", TEMPLATES)
async def test_every_template_makes_a_consistent_application(ports, template):
    issued = await create(ports, template)

    assert (issued.client_secret is None) is issued.client.is_public


async def test_an_identifier_is_random_or_chosen_and_never_taken_twice(ports):
    made = await create(ports)
    assert len(made.client.client_id) == 26

    chosen = clients.CreateClient(tenant="acme", client_id="shop", metadata={"redirect_uris": [CB]})
    await clients.create(chosen, OPERATOR, ports)
    with pytest.raises(Conflict):
        await clients.create(chosen, OPERATOR, ports)
    for bad in ("a", "a b", "ä" * 5, "a" * 129):
        with pytest.raises(Invalid):
            await clients.create(
                clients.CreateClient(tenant="acme", client_id=bad, metadata={"redirect_uris": [CB]}),
                OPERATOR,
                ports,
            )


async def test_an_unknown_application_is_not_found_and_the_nearest_is_named(ports):
    await clients.create(
        clients.CreateClient(tenant="acme", client_id="payroll", metadata={"redirect_uris": [CB]}),
        OPERATOR,
        ports,
    )

    with pytest.raises(NotFound) as caught:
        await clients.show(clients.ShowClient(tenant="acme", client_id="payrol"), OPERATOR, ports)

    assert caught.value.hint == "did you mean payroll?"


async def test_an_update_is_a_merge_patch_and_null_returns_to_the_default(ports):
    client = (await create(ports, default_max_age=60)).client

    patched = (await update(ports, client.client_id, {"client_name": "New", "default_max_age": None})).client

    assert (patched.client_name, patched.default_max_age, patched.redirect_uris) == ("New", None, (CB,))
    assert patched.client_secrets == client.client_secrets
    assert patched.revision == client.revision + 1


async def test_ad_18_an_update_on_an_old_revision_is_refused(ports):
    client = (await create(ports)).client
    await update(ports, client.client_id, {"client_name": "First"}, revision=1)

    with pytest.raises(Stale):
        await update(ports, client.client_id, {"client_name": "Second"}, revision=1)


async def test_a_change_that_needs_a_secret_makes_one_and_a_public_client_keeps_none(ports):
    client = (await create(ports, "spa")).client

    confidential = await update(
        ports, client.client_id, {"token_endpoint_auth_method": "client_secret_basic"}
    )
    assert confidential.client_secret is not None
    sealed = await update(ports, client.client_id, {"token_endpoint_auth_method": "client_secret_jwt"})
    assert hmac_secret(ports.keys, sealed.client) == sealed.client_secret.reveal()
    public = await update(ports, client.client_id, {"token_endpoint_auth_method": "none"})
    assert public.client.client_secrets == ()


async def test_disabling_ends_grants_and_what_was_issued_in_this_very_second(ports):
    client = (await create(ports)).client
    grant = Grant(tenant_id=client.tenant_id, grant_id="g", client_id=client.client_id, sub="s")
    await ports.storage.commit(Add(grant))

    await update(ports, client.client_id, {"limen_enabled": False})
    again = (await update(ports, client.client_id, {"limen_enabled": True})).client

    assert await ports.storage.grants(client.tenant_id) == ()
    assert again.enabled
    assert again.not_before == ports.clock.now() + 1


async def test_deleting_removes_the_application_and_revokes_its_grants(ports):
    client = (await create(ports)).client
    await ports.storage.commit(
        Add(Grant(tenant_id=client.tenant_id, grant_id="g", client_id=client.client_id, sub="s"))
    )

    await clients.delete(clients.DeleteClient(tenant="acme", client_id=client.client_id), OPERATOR, ports)

    assert await ports.storage.client(client.tenant_id, client.client_id) is None
    standing = await ports.storage.standing(client.tenant_id, "g")
    assert standing is None or standing.grant.revoked_at


async def test_rotating_replaces_the_secret_and_may_leave_the_old_one_for_a_while(ports):
    client = (await create(ports)).client
    first = client.client_secrets[0]

    overlapping = await client_secrets.rotate(
        client_secrets.RotateSecret(tenant="acme", client_id=client.client_id, overlap=60), OPERATOR, ports
    )
    assert [s.expires_at for s in overlapping.client.client_secrets] == [ports.clock.now() + 60, 0]
    assert overlapping.client.client_secrets[0].digest == first.digest

    alone = await client_secrets.rotate(
        client_secrets.RotateSecret(tenant="acme", client_id=client.client_id), OPERATOR, ports
    )
    assert len(alone.client.client_secrets) == 1


async def test_a_secret_can_be_added_and_revoked_and_there_are_at_most_four(ports):
    client_id = (await create(ports)).client.client_id
    add = client_secrets.AddSecret(tenant="acme", client_id=client_id)
    for _ in range(3):
        issued = await client_secrets.add(add, OPERATOR, ports)

    with pytest.raises(Conflict):
        await client_secrets.add(add, OPERATOR, ports)
    secret_id = issued.client.client_secrets[0].secret_id
    revoke = client_secrets.RevokeSecret(tenant="acme", client_id=client_id, secret_id=secret_id)
    left = await client_secrets.revoke(revoke, OPERATOR, ports)
    assert secret_id not in [s.secret_id for s in left.client.client_secrets]
    with pytest.raises(NotFound):
        await client_secrets.revoke(revoke, OPERATOR, ports)


async def test_an_expired_secret_takes_no_other_s_place(ports):
    client_id = (await create(ports)).client.client_id
    soon = client_secrets.AddSecret(tenant="acme", client_id=client_id, expires_at=ports.clock.now() + 60)
    for _ in range(3):
        await client_secrets.add(soon, OPERATOR, ports)
    ports.clock.at += 60

    rotate = client_secrets.RotateSecret(tenant="acme", client_id=client_id, overlap=60)
    rotated = (await client_secrets.rotate(rotate, OPERATOR, ports)).client
    add = client_secrets.AddSecret(tenant="acme", client_id=client_id)
    added = (await client_secrets.add(add, OPERATOR, ports)).client

    now = ports.clock.now()
    assert [s.expires_at for s in rotated.client_secrets] == [now + 60, 0]
    assert [s.expires_at for s in added.client_secrets] == [now + 60, 0, 0]


async def test_there_is_room_for_a_secret_where_others_have_expired(ports):
    client_id = (await create(ports)).client.client_id
    soon = client_secrets.AddSecret(tenant="acme", client_id=client_id, expires_at=ports.clock.now() + 60)
    for _ in range(3):
        await client_secrets.add(soon, OPERATOR, ports)
    ports.clock.at += 60

    add = client_secrets.AddSecret(tenant="acme", client_id=client_id)
    added = (await client_secrets.add(add, OPERATOR, ports)).client

    assert [s.expires_at for s in added.client_secrets] == [0, 0]


async def test_jw_22_weak_and_private_client_keys_are_refused(ports):
    private = {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}

    with pytest.raises(InvalidClientMetadata):
        await create(ports, jwks={"keys": [private]})


async def test_a_signature_the_tenant_has_no_key_for_is_refused(ports):
    with pytest.raises(InvalidClientMetadata, match="ES512"):
        await create(ports, id_token_signed_response_alg="ES512")


@pytest.mark.parametrize(
    ("metadata", "named"),
    [
        (
            {"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "PS256"},
            "auth",
        ),
        ({"request_object_signing_alg": "RS256"}, "request_object"),
        ({"backchannel_authentication_request_signing_alg": "ES384"}, "backchannel_authentication_request"),
    ],
)
async def test_a_signature_the_client_has_no_key_for_is_refused_before_it_is_needed(ports, metadata, named):
    with pytest.raises(InvalidClientMetadata, match=f"{named}_signing_alg: jwks has no key"):
        await create(ports, jwks=ClientKey("ES256").jwks, **metadata)


@pytest.mark.parametrize("unfit", [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"alg": "ECDH-ES"}])
async def test_who_signs_to_authenticate_needs_a_key_that_may_sign(ports, unfit):
    good = ClientKey("ES256")
    bad = {"keys": [{**good.bare, **unfit}]}

    await create(ports, token_endpoint_auth_method="private_key_jwt", jwks=good.jwks)
    with pytest.raises(InvalidClientMetadata, match="jwks has no key for signatures with RS256 or"):
        await create(ports, token_endpoint_auth_method="private_key_jwt", jwks=bad)


async def test_a_client_whose_keys_do_not_fit_can_be_disabled_and_not_enabled_again(ports):
    issued = await create(ports, token_endpoint_auth_method="private_key_jwt", jwks=ClientKey("ES256").jwks)
    of_old = structs.replace(
        issued.client, token_endpoint_auth_signing_alg="PS256", revision=issued.client.revision + 1
    )
    await ports.storage.commit(Replace(of_old))

    disabled = await update(ports, of_old.client_id, {"limen_enabled": False})

    assert not disabled.client.enabled
    with pytest.raises(InvalidClientMetadata, match="jwks has no key for signatures with PS256"):
        await update(ports, of_old.client_id, {"limen_enabled": True})


async def test_a_request_keyed_by_the_secret_needs_no_key_of_the_client(ports):
    to_encrypt_to = {"keys": [{**ClientKey("ES256").bare, "use": "enc"}]}

    issued = await create(ports, jwks=to_encrypt_to, request_object_signing_alg="HS256")

    assert issued.client.request_object_signing_alg == "HS256"


async def test_ad_20_a_page_has_at_most_two_hundred(ports):
    await create(ports)

    found = await clients.list_clients(clients.ListClients(tenant="acme", limit=10**9), OPERATOR, ports)

    assert len(found) == 1


async def test_au_01_every_change_leaves_its_event(ports):
    client_id = (await create(ports)).client.client_id
    await update(ports, client_id, {"client_name": "x"})
    await client_secrets.rotate(
        client_secrets.RotateSecret(tenant="acme", client_id=client_id), OPERATOR, ports
    )
    await clients.delete(clients.DeleteClient(tenant="acme", client_id=client_id), OPERATOR, ports)

    assert {"client.created", "client.updated", "client.secret_rotated", "client.deleted"} <= set(
        await event_names(ports)
    )


trees = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda t: st.lists(t, max_size=2) | st.dictionaries(st.text(max_size=2), t, max_size=3),
    max_leaves=8,
)


@given(trees, trees)
def test_rfc7396_a_patch_applied_twice_is_a_patch_applied_once(target, patch):
    once = merge_patch(target, patch)

    assert merge_patch(once, patch) == once


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [  # RFC 7396 appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_rfc7396_examples(target, patch, merged):
    assert merge_patch(target, patch) == merged


async def test_a_signature_is_taken_once_the_tenant_has_a_key_for_it(ports):
    with pytest.raises(InvalidClientMetadata, match="ES384"):
        await create(ports, limen_access_token_signing_alg="ES384")
    tenant = await ports.storage.tenant("acme")
    await ports.keys.add(tenant.tenant_id, "sig", "ES384")

    issued = await create(ports, limen_access_token_signing_alg="ES384")

    assert issued.client.settings.access_token_signing_alg == "ES384"


async def test_a_tenant_cannot_prefer_a_signature_it_has_no_key_for(ports):
    patch = {"settings": {"access_token_signing_alg": "ES384"}}

    with pytest.raises(Invalid, match="ES384"):
        await tenants.update(tenants.UpdateTenant(tenant="acme", patch=patch), OPERATOR, ports)
