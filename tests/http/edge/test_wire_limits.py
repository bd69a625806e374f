"""What a peer may not do to a connection: rows SM and DS of the attack catalogue, and how it ends."""

import asyncio
import gc
import socket
import time

import pytest

from limen.http import wire
from limen.http.route import Route
from limen.http.turn import Turn
from tests.http.edge import small
from tests.http.edge.small import HEAD, application, listening, statuses, talk

NEXT = b"GET /register/next HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"
CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n0\r\n"


async def test_sm_a_trailer_is_no_header(port):
    received = await talk(port, CHUNKS + b"Authorization: Bearer x\r\nCookie: lm=1\r\n\r\n", patience=0.3)

    assert statuses(received) == [200]
    assert b"authorization" not in received
    assert b"cookie" not in received.replace(b'"cookies":{}', b"")


@pytest.mark.parametrize("piece", [b"x" * 8_000, b"X: y\r\n" * 1_000], ids=["one", "many"])
async def test_ds_trailers_without_end_are_cut_off(port, piece):
    received = await talk(port, CHUNKS + b"X: ", *[piece] * 50, patience=1)

    assert statuses(received) in ([431], [])  # a peer that is still sending may miss it


async def test_a_body_in_many_small_chunks_is_no_endless_header(port):
    chunks = [b"1\r\na\r\n" * 1_000] * 8

    received = await talk(
        port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *chunks, b"0\r\n\r\n", pause=0.01, patience=0.5
    )

    assert statuses(received) == [200]


async def test_what_came_before_something_malformed_is_answered_first(port):
    received = await talk(port, NEXT * 3 + b"garbage\r\n\r\n" + NEXT, patience=2)

    assert statuses(received) == [200, 200, 200]
    assert b"connection: close" in received.rpartition(b"HTTP/1.1")[2]


async def test_ds_of_thousands_of_requests_at_once_some_are_served(port):
    received = await talk(port, NEXT * 3_000, patience=3)

    assert set(statuses(received)) == {200}
    assert len(statuses(received)) <= wire.MAX_WAITING + 1


@pytest.mark.parametrize("pause", [0, 0.02], ids=["at once", "one by one"])
@pytest.mark.parametrize("begun", [b"", NEXT[:-2]], ids=["whole requests", "and a part of one"])
async def test_ds_08_who_never_reads_answers_is_let_go(monkeypatch, begun, pause):
    monkeypatch.setattr(wire, "CLOSING_TIME", 0.2)
    monkeypatch.setattr(wire, "HEADER_TIME", 0.5)
    body = b"a=" + b"x" * 60_000
    request = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body

    async with listening(keep_alive=1) as port:
        with socket.socket() as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.connect(("127.0.0.1", port))
            peer.setblocking(False)
            requests = [request.replace(b"PORT", str(port).encode())] * 200
            ended = asyncio.create_task(_send_on(peer, [*requests, begun], pause))
            await asyncio.wait([ended], timeout=15)

    assert isinstance(ended.exception(), ConnectionError)


async def _send_on(peer, pieces, pause):
    for piece in pieces:
        await asyncio.get_running_loop().sock_sendall(peer, piece)
        await asyncio.sleep(pause)
    while True:
        await asyncio.sleep(0.1)
        peer.send(b"x")


async def test_a_slow_answer_is_not_lost_to_a_request_that_waits_behind_it(monkeypatch):
    monkeypatch.setattr(wire, "BODY_TIME", 0.2)

    async def slow(message):
        await asyncio.sleep(0.6)
        return {}

    routes = [*small.routes(), Route(path="/slow", methods=("GET",), endpoint=slow)]
    monkeypatch.setattr(small, "routes", lambda: routes)

    async with listening(make=application) as port:
        received = await talk(port, SLOW + HEAD + b"Content-Length: 3\r\n\r\n", b"a=1", pause=0.1, patience=1)

    assert statuses(received) == [200, 200]


async def test_the_first_request_of_a_connection_is_its_last_when_the_server_stops():
    async with listening(drain=10) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.1)

        async def ask():
            await asyncio.sleep(0.3)
            writer.write(NEXT.replace(b"PORT", str(port).encode()))
            return await reader.read(65_536)

        asking = asyncio.create_task(ask())
        stopping = time.monotonic()
    took = time.monotonic() - stopping

    assert b"connection: close" in await asking
    assert took < 5
    writer.close()


async def test_an_answered_request_leaves_no_garbage(port):
    await talk(port, NEXT, patience=0.3)
    gc.collect()
    gc.disable()
    try:
        received = await talk(port, *[NEXT] * 20, patience=0.3)
        left = [each for each in gc.get_objects() if isinstance(each, Turn)]
    finally:
        gc.enable()

    assert statuses(received) == [200] * 20
    assert left == []
