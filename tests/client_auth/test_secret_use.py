"""When a secret was used is written once a minute, and what is remembered of it has an end."""

from limen.model.client import Client, ClientSecret
from limen.tokens import secret_use
from limen.tokens.secret_use import SecretUses

SECRET = ClientSecret(secret_id="1", digest="d")


def client(name):
    return Client(tenant_id="t", client_id=name)


def test_a_use_is_written_once_a_minute_for_each_secret():
    uses = SecretUses()

    assert len(uses.note(client("web"), SECRET, 1_000)) == 1
    assert uses.note(client("web"), SECRET, 1_059) == ()
    assert len(uses.note(client("web"), ClientSecret(secret_id="2", digest="d"), 1_059)) == 1
    assert len(uses.note(client("other"), SECRET, 1_059)) == 1
    assert len(uses.note(client("web"), SECRET, 1_060)) == 1


def test_it_forgets_before_it_grows_without_end(monkeypatch):
    monkeypatch.setattr(secret_use, "_MOST_KNOWN", 2)
    uses = SecretUses()

    assert [len(uses.note(client(name), SECRET, 1_000)) for name in ("a", "b", "c", "a")] == [1, 1, 1, 1]
