"""Records survive being stored, whatever they hold, and neighbouring versions read each other's rows."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.model.artifacts import (
    BackchannelRequest,
    DeviceCode,
    Interaction,
    PushedRequest,
    ReferenceToken,
    SecretUse,
    SetupLink,
)
from limen.model.client import Client
from limen.model.consent import Consent
from limen.model.event import Event
from limen.model.grant import Grant
from limen.model.key import Key
from limen.model.person import Person, Throttle
from limen.model.scope import Scope
from limen.model.session import Session
from limen.model.tenant import Tenant
from limen.storage import codec
from limen.storage.codec import decode, encode, recall
from limen.testing import storage_samples as sample

KINDS = [
    Tenant, Client, Person, Throttle, Key, Session, Grant, Consent, Event, Interaction, PushedRequest,
    DeviceCode, BackchannelRequest, ReferenceToken, SecretUse, SetupLink,
]  # fmt: skip

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
st.register_type_strategy(Scope, st.lists(st.sampled_from(["openid", "email", "a:b"])).map(Scope))
st.register_type_strategy(int, st.integers(-(2**53), 2**53))
st.register_type_strategy(str, texts)


def records(kind):
    """Records of the kind, every member drawn by its annotation; Any is whatever JSON can say."""
    from typing import Any, get_type_hints

    def strategy(hint):
        if hint is Any:
            return json_values
        text = str(hint)
        if "Mapping[str, typing.Any]" in text:
            mapping = st.dictionaries(texts, json_values, max_size=2)
            many = st.lists(mapping, max_size=2).map(tuple)
            return many if text.startswith("tuple") else (mapping | st.none() if "None" in text else mapping)
        if "Mapping[str, tuple" in text:
            return st.dictionaries(texts, st.lists(texts, max_size=2).map(tuple), max_size=2)
        if "Mapping[str, str]" in text:
            return st.dictionaries(texts, texts, max_size=2)
        return st.from_type(hint)

    hints = get_type_hints(kind)
    members = {
        field.name: st.just(field.default)
        if isinstance(field.default, msgspec.Struct)
        else strategy(hints[field.name])
        for field in msgspec.structs.fields(kind)
        if not (kind is Tenant and field.name in {"scopes", "claims", "trusted_issuers", "registration"})
    }
    return st.builds(kind, **members)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=30)
def test_a_record_comes_back_equal(kind, data):
    record = data.draw(records(kind))

    assert decode(kind, encode(record)) == record


def test_equal_records_have_equal_texts():
    one = sample.grant(scope=Scope(["a", "b", "c"]), binding={"x": "1", "y": "2"})
    two = sample.grant(scope=Scope(["c", "b", "a"]), binding={"y": "2", "x": "1"})

    assert encode(one) == encode(two)


def test_a_scope_comes_back_as_a_scope():
    assert isinstance(decode(Grant, encode(sample.grant())).scope, Scope)


def test_members_of_a_newer_version_are_ignored():
    text = encode(sample.person())[:-1] + ',"from_the_future":{"a":[1]}}'

    assert decode(Person, text) == sample.person()


def test_members_an_older_version_did_not_write_take_their_defaults():
    assert decode(Person, '{"tenant_id":"t","sub":"s","username":"u"}') == Person(
        tenant_id="t", sub="s", username="u"
    )


def test_a_text_that_is_no_such_record_is_refused():
    with pytest.raises(msgspec.ValidationError):
        decode(Person, '{"tenant_id":"t","sub":7,"username":"u"}')


def test_what_is_recalled_is_what_is_decoded():
    text = encode(sample.person())

    first, again = recall(Person, text), recall(Person, text.encode().decode())

    assert first == decode(Person, text)
    assert again is first


def test_another_text_is_another_record():
    texts = [encode(sample.person(revision=number)) for number in range(2_000)]

    assert [recall(Person, text).revision for text in (*texts, *texts)] == [*range(2_000), *range(2_000)]


def test_the_same_text_is_recalled_as_what_is_asked_for():
    text = encode(sample.session())

    assert isinstance(recall(Session, text), Session)
    with pytest.raises(msgspec.ValidationError):
        recall(Person, text)


def test_a_long_text_is_not_remembered(monkeypatch):
    monkeypatch.setattr(codec, "LONGEST", 10)
    text = encode(sample.person())

    assert recall(Person, text) == sample.person()
    assert recall(Person, text) is not recall(Person, text)
