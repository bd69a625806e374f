"""Strangers cannot make us call others at will, nor remember them without end."""

from limen.protocol import seldom
from limen.protocol.seldom import AGAIN_AFTER, Seldom


def test_each_address_is_asked_once_in_a_while():
    asked = Seldom()

    assert asked.may_ask("https://a.test", 1_000)
    assert asked.may_ask("https://b.test", 1_000)
    assert not asked.may_ask("https://a.test", 1_000 + AGAIN_AFTER - 1)
    assert asked.may_ask("https://a.test", 1_000 + AGAIN_AFTER)


def test_the_oldest_is_forgotten_before_it_grows_without_end(monkeypatch):
    monkeypatch.setattr(seldom, "_MOST", 2)
    asked = Seldom()

    assert all(asked.may_ask(name, 1_000) for name in ("a", "b", "c"))
    assert asked.may_ask("a", 1_001)
    assert not asked.may_ask("c", 1_001)
