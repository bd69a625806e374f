"""Which layer's setting counts, and what no layer may relax."""

import pytest
from msgspec import structs

from limen.model.client import Client
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.protocol import policy
from limen.protocol.policy import Policies, Policy, effective

TENANT = Tenant(tenant_id="t", name="", issuer="https://id.test")


def client(**fields):
    settings = Settings(**fields.pop("settings", {}))
    return Client(tenant_id="t", client_id="web", settings=settings, **fields)


def tenant(**settings):
    return structs.replace(TENANT, settings=Settings(**settings))


def public(**fields):
    return client(token_endpoint_auth_method="none", **fields)


def test_where_nobody_has_an_opinion_the_defaults_hold():
    assert effective(TENANT, client()) == Policy()


def test_the_client_goes_before_the_tenant_and_the_tenant_before_the_server():
    server = Settings(par_lifetime=1, ciba_interval=1, id_token_lifetime=1)
    policy = effective(tenant(par_lifetime=2, ciba_interval=2), client(settings={"par_lifetime": 3}), server)

    assert (policy.par_lifetime, policy.ciba_interval, policy.id_token_lifetime) == (3, 2, 1)


def test_the_organization_goes_between_the_client_and_the_tenant():
    organization = Settings(par_lifetime=1, ciba_interval=1)
    policy = effective(
        tenant(ciba_interval=2, id_token_lifetime=2),
        client(settings={"par_lifetime": 3}),
        organization=organization,
    )

    assert (policy.par_lifetime, policy.ciba_interval, policy.id_token_lifetime) == (3, 1, 2)


def test_false_zero_and_nothing_in_a_list_are_opinions_too():
    said = {"require_pkce": False, "consent_lifetime": 0, "restricted_scopes": ()}
    policy = effective(
        tenant(require_pkce=True, consent_lifetime=9, restricted_scopes=("a",)), client(settings=said)
    )

    assert (policy.require_pkce, policy.consent_lifetime, policy.restricted_scopes) == (False, 0, ())


@pytest.mark.parametrize(
    ("fields", "binding"),
    [
        ({"dpop_bound_access_tokens": True}, "dpop"),
        ({"tls_client_certificate_bound_access_tokens": True}, "certificate"),
        ({}, "cookie"),
    ],
)
def test_what_a_client_registered_as_its_constraint_counts(fields, binding):
    assert effective(tenant(token_binding_type="cookie"), client(**fields)).token_binding_type == binding


def test_a_public_client_always_has_pkce_and_never_introspection():
    relaxed = {"require_pkce": False, "allow_introspection": True}

    policy = effective(TENANT, public(settings=relaxed))

    assert (policy.require_pkce, policy.allow_introspection) == (True, False)


@pytest.mark.parametrize(
    ("fields", "rotates"),
    [({}, True), ({"dpop_bound_access_tokens": True}, False)],
)
def test_a_public_client_rotates_unless_it_is_sender_constrained_and_says_so(fields, rotates):
    settings = {"refresh_token_rotation": False}

    assert effective(TENANT, public(settings=settings, **fields)).refresh_token_rotation is rotates
    assert effective(TENANT, public(**fields)).refresh_token_rotation is True


def test_what_was_resolved_is_remembered_for_these_very_records():
    policies, one = Policies(), client()

    assert policies.of(TENANT, one) is policies.of(TENANT, one)
    assert policies.of(tenant(par_lifetime=9), one).par_lifetime == 9
    assert policies.of(TENANT, client(settings={"par_lifetime": 8})).par_lifetime == 8


def test_what_was_resolved_is_forgotten_before_it_grows_without_end(monkeypatch):
    monkeypatch.setattr(policy, "_MOST_KNOWN", 2)
    policies, clients = Policies(), [Client(tenant_id="t", client_id=name) for name in "abc"]

    first = policies.of(TENANT, clients[0])
    assert policies.of(TENANT, clients[0]) is first
    for client in clients[1:]:
        policies.of(TENANT, client)

    assert policies.of(TENANT, clients[0]) is not first
