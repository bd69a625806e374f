"""Resource indicators: what is one, and what a token for one may carry."""

import pytest
from msgspec import structs

from limen.errors import InvalidTarget
from limen.model.scope import Scope
from limen.model.tenant import Resource, Tenant
from limen.protocol.resource import audience_of, check_audience, check_resource, scope_at

OPEN = Tenant(tenant_id="t", name="", issuer="https://id.test")
A, B = "https://a.test/", "https://b.test/"
TENANT = structs.replace(
    OPEN, resources=(Resource(resource=A, scopes=("a", "both")), Resource(resource=B, scopes=("b", "both")))
)


@pytest.mark.parametrize("value", [A, "urn:api:one", "https://a.test/x?y=z", "app://x"])
def test_absolute_uris_are_resources(value):
    assert check_resource(value) == value


@pytest.mark.parametrize(
    "value", ["", "a", "/a", "https://a.test/#", "https://a.test/#f", "https://[", "x:", "ü:a"]
)
def test_anything_else_is_none(value):
    with pytest.raises(InvalidTarget):
        check_resource(value)


def test_only_registered_resources_where_any_are_registered():
    assert check_audience((A, B), TENANT) == (A, B)
    assert check_audience(("https://c.test/",), OPEN) == ("https://c.test/",)
    with pytest.raises(InvalidTarget):
        check_audience((A, "https://c.test/"), TENANT)


def test_a_token_request_narrows_the_audience():
    assert audience_of((), (A, B)) == (A, B)
    assert audience_of((B,), (A, B)) == (B,)
    with pytest.raises(InvalidTarget):
        audience_of((B,), (A,))


@pytest.mark.parametrize(
    ("audience", "scope"),
    [
        ((), "a b both openid"),
        ((A,), "a both openid"),
        ((A, B), "a b both openid"),
        (("x",), "a b both openid"),
    ],
)
def test_scopes_of_other_apis_do_not_travel(audience, scope):
    assert scope_at(Scope.parse("a b both openid"), audience, TENANT) == Scope.parse(scope)
