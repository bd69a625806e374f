"""Reading, narrowing and wording of authorization details."""

import pytest

from limen.errors import InvalidAuthorizationDetails
from limen.model.client import Client
from limen.model.tenant import DetailType, Tenant
from limen.protocol.authorization_details import in_words, narrow, parse

TENANT = Tenant(
    tenant_id="t",
    name="",
    issuer="https://id.test",
    detail_types=(
        DetailType(type="pay", template="Pay {amount} to {to} ({missing})", required=("amount",)),
        DetailType(type="files", display_name="Your files"),
        DetailType(type="bare"),
    ),
)
CLIENT = Client(tenant_id="t", client_id="web")


def test_nothing_sent_is_nothing():
    assert parse(None, TENANT, CLIENT) == ()


def test_known_types_are_read_as_they_are():
    assert parse('[{"type":"files","x":[1,{"y":null}]}]', TENANT, CLIENT) == (
        {"type": "files", "x": [1, {"y": None}]},
    )


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", "[1]",
     '[{"type":1}]', '[{"type":"x"}]', '[{"type":"pay"}]',
     '[{"type":"files","actions":1}]', '[{"type":"files","a":1,"a":2}]',
     '[{"type":"files","x":NaN}]', "\ud800", "[" * 100, "x" * 20_000],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(InvalidAuthorizationDetails):
        parse(text, TENANT, CLIENT)


def nested(levels, open_, close):
    """One object of the request, itself the first level, with `levels` in all."""
    inner = (levels - 1) * open_ + "0" + (levels - 1) * close
    return f'[{{"type":"files","x":{inner}}}]'


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ('{"x":', "}")])
def test_they_may_be_six_levels_deep(open_, close):
    assert parse(nested(6, open_, close), TENANT, CLIENT)
    with pytest.raises(InvalidAuthorizationDetails):
        parse(nested(7, open_, close), TENANT, CLIENT)


def test_they_may_be_twenty_and_16384_characters_long():
    text = '[{"type":"files","x":"' + "x" * (16_384 - 25) + '"}]'
    twenty = ",".join(['{"type":"bare"}'] * 20)

    assert len(text) == 16_384
    assert parse(text, TENANT, CLIENT)
    assert len(parse(f"[{twenty}]", TENANT, CLIENT)) == 20
    for longer in (text + " ", f'[{twenty},{{"type":"bare"}}]'):
        with pytest.raises(InvalidAuthorizationDetails):
            parse(longer, TENANT, CLIENT)


@pytest.mark.parametrize("name", ["locations", "actions", "datatypes", "privileges"])
def test_the_common_members_are_lists_of_strings(name):
    assert parse(f'[{{"type":"files","{name}":["a"]}}]', TENANT, CLIENT)
    for value in ('"a"', "1", "null", '{"a":1}', "[1]", '["a",null]'):
        with pytest.raises(InvalidAuthorizationDetails):
            parse(f'[{{"type":"files","{name}":{value}}}]', TENANT, CLIENT)


@pytest.mark.parametrize("value", ["null", '""', "[]", "{}"])
def test_what_a_type_requires_must_say_something(value):
    assert parse('[{"type":"pay","amount":0}]', TENANT, CLIENT)
    with pytest.raises(InvalidAuthorizationDetails):
        parse(f'[{{"type":"pay","amount":{value}}}]', TENANT, CLIENT)


def test_a_client_with_types_has_those_alone():
    limited = Client(tenant_id="t", client_id="web", authorization_details_types=("files",))

    assert parse('[{"type":"files"}]', TENANT, limited)
    with pytest.raises(InvalidAuthorizationDetails):
        parse('[{"type":"bare"}]', TENANT, limited)


def test_narrowing_gives_all_or_the_part_asked_for():
    granted = ({"type": "files", "actions": ["read", "write"]}, {"type": "bare"})

    assert narrow((), granted) == granted
    assert narrow(({"type": "bare"},), granted) == ({"type": "bare"},)
    assert narrow(({"type": "files", "actions": ["read"]},), granted)
    for more in ({"type": "files"}, {"type": "files", "actions": ["own"]}, {"type": "files", "actions": []}):
        with pytest.raises(InvalidAuthorizationDetails):
            narrow((more,), granted)


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ({"type": "pay", "amount": "{to}", "to": "Bob"}, "Pay {to} to Bob ({missing})"),
        ({"type": "pay", "amount": 3, "to": ["a", "b"]}, "Pay 3 to a, b ({missing})"),
        (
            {"type": "pay", "amount": "1\u202e00", "to": {"\u2066a": "b"}},
            "Pay 1\ufffd00 to \ufffda b ({missing})",
        ),
        ({"type": "files"}, "Your files"),
        ({"type": "files", "path": {"from": "a", "deep": True}}, "Your files: path from a, deep true"),
        ({"type": "bare"}, "bare"),
        ({"type": "gone"}, "gone"),
    ],
)
def test_consent_reads_them_in_words(detail, words):
    assert in_words(detail, TENANT) == words
