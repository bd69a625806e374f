"""TLS at our own listener, with and without a client's certificate (row MT)."""

import asyncio
import json
import socket
import ssl
import time

import pytest

from limen.http.tls import Tls, context_of, trust
from tests.http.edge.small import listening
from tests.identity import Identity


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    made = {name: Identity(folder, name) for name in ("server", "alone", "stranger")}
    made["authority"] = Identity(folder, "authority", signs=True)
    made["member"] = Identity(folder, "member", made["authority"])
    return made


@pytest.fixture(scope="module")
def context(people):
    server, authority = people["server"], people["authority"]
    made = context_of(
        Tls(
            certificate=server.chain,
            key=server.secret,
            client_certificates=True,
            client_authorities=authority.chain,
        )
    )
    trust(made, [people["alone"].der])
    return made


@pytest.fixture(scope="module")
async def port(context):
    async with listening(context=context) as port:
        yield port


def speaking(server, identity=None):
    made = ssl.create_default_context(cafile=server.chain)
    made.check_hostname = False
    if identity:
        made.load_cert_chain(identity.chain, identity.secret)
    return made


async def seen_by(port, context):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(b"GET /register/x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % port)
    received = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"strict-transport-security" in head
    return json.loads(body)


async def test_without_a_certificate_there_is_none(port, people):
    assert (await seen_by(port, speaking(people["server"])))["certificate"] is None


@pytest.mark.parametrize("name", ["member", "alone"])
async def test_mt_a_certificate_of_an_authority_or_a_registered_one_reaches_the_room(port, people, name):
    seen = await seen_by(port, speaking(people["server"], people[name]))

    assert seen["certificate"] == people[name].der.hex()


async def test_mt_an_unknown_certificate_is_refused_until_it_is_trusted(port, people, context):
    stranger = speaking(people["server"], people["stranger"])
    with pytest.raises((ssl.SSLError, ConnectionError, ValueError, AssertionError)):
        await seen_by(port, stranger)

    trust(context, [people["stranger"].der])

    assert (await seen_by(port, stranger))["certificate"] == people["stranger"].der.hex()


async def test_old_tls_is_refused(port, people):
    old = speaking(people["server"])
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("AES128-SHA:@SECLEVEL=0")

    with pytest.raises((ssl.SSLError, ConnectionError)):
        await seen_by(port, old)


async def test_tls_1_2_has_forward_secrecy(port, people):
    context = speaking(people["server"])
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    cipher = writer.get_extra_info("cipher")[0]
    writer.close()

    assert cipher.startswith("ECDHE-")
    assert "-GCM-" in cipher


async def test_an_idle_client_that_never_says_goodbye_does_not_hold_up_the_end(context, people):
    def idle(port):
        trusting = speaking(people["server"])
        opened = trusting.wrap_socket(socket.create_connection(("127.0.0.1", port)))
        opened.sendall(b"GET /register/x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
        assert opened.recv(65536).startswith(b"HTTP/1.1 200")
        return opened

    async with listening(context=context) as port:
        opened = await asyncio.to_thread(idle, port)
        began = time.monotonic()

    assert time.monotonic() - began < 5
    opened.close()
