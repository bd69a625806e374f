"""What is computed from the very same records is computed once, and never for others (RFC 6749 §2)."""

from msgspec import structs

from limen.model.client import Client
from limen.protocol import same_records
from limen.protocol.same_records import once


def called(name):
    return Client(tenant_id="tenant-root", client_id="web", client_name=name)


def counted():
    calls = []

    @once
    def name_of(client):
        calls.append(client)
        return client.client_name

    return name_of, calls


def test_the_very_same_record_is_asked_once():
    name_of, calls = counted()
    client = called("One")

    assert (name_of(client), name_of(client)) == ("One", "One")
    assert len(calls) == 1


def test_a_changed_record_is_another():
    name_of, _ = counted()
    client = called("One")

    assert name_of(client) == "One"
    assert name_of(structs.replace(client, client_name="Two")) == "Two"


def test_no_record_inherits_the_identity_of_one_that_is_gone():
    name_of, _ = counted()

    for number in range(5_000):
        assert name_of(called(f"{number}")) == f"{number}"


def test_it_forgets_before_it_grows(monkeypatch):
    monkeypatch.setattr(same_records, "_MOST", 2)
    name_of, calls = counted()
    clients = [called(f"{number}") for number in range(3)]

    for client in (*clients, clients[0]):
        name_of(client)

    assert len(calls) == 4
