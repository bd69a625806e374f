"""The claims parameter, and which of a person's claims go out."""

import pytest

from limen.errors import InvalidRequest
from limen.model.person import Person
from limen.model.scope import Scope
from limen.model.tenant import Tenant
from limen.protocol.claims import RESERVED, ClaimsParameter, asked, of_scope, released

TENANT = Tenant(tenant_id="t", name="", issuer="https://id.test")
PERSON = Person(
    tenant_id="t",
    sub="s",
    username="alice",
    updated_at=7,
    claims={
        "name": "Alice",
        "email": "a@x.test",
        "email_verified": False,
        "nickname": "",
        "sub": "evil",
        "address": {},
    },
)


def test_the_parameter_is_read_and_written_again():
    document = {"userinfo": {"name": None}, "id_token": {"email": {"essential": True}}}

    found = ClaimsParameter.of(document)

    assert found.as_document() == document
    assert ClaimsParameter.parse('{"userinfo":{"name":null},"x":1,"id_token":null}').id_token == {}
    assert ClaimsParameter().as_document() is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "1", "{",
      '{"userinfo":[]}', '{"id_token":{"a":1}}', '{"id_token":{"a":{},"a":{}}}', "x" * 20_000,
     '{"id_token":{' + ",".join(f'"c{i}":null' for i in range(201)) + "}}", "\ud800"],
)  # fmt: skip
def test_anything_malformed_is_refused(text):
    with pytest.raises(InvalidRequest):
        ClaimsParameter.parse(text)


def test_empty_unknown_and_reserved_claims_are_left_out():
    names = ("name", "email_verified", "nickname", "address", "unknown", "updated_at", *RESERVED)

    assert released(TENANT, PERSON, names) == {"name": "Alice", "email_verified": False, "updated_at": 7}


def test_scopes_release_their_claims():
    assert of_scope(TENANT, Scope.parse("openid email")) == ("email", "email_verified")


@pytest.mark.parametrize(
    ("request_", "fits"),
    [
        (None, True), ({}, True), ({"essential": True}, True), ({"value": "Alice"}, True),
        ({"value": "Bob"}, False),
        ({"values": ["Bob", "Alice"]}, True), ({"values": []}, False), ({"values": "Alice"}, True),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_not_told(request_, fits):
    assert bool(asked({"name": request_, "gone": None}, {"name": "Alice"})) is fits
