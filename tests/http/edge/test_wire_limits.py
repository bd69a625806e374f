"""What a peer may not do to a connection: rows SM and DS of the attack catalogue, and how it ends."""

import asyncio
import contextlib
import gc
import socket
import time

import pytest

from limen.http import wire
from limen.http.route import Route
from limen.http.turn import Turn
from limen.protocol.answer import Body
from tests.http.edge import small
from tests.http.edge.small import HEAD, Recorder, application, listening, statuses, talk

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


WAITING = HEAD + b"Content-Length: 90\r\n"
EXPECTS = {
    "alone": b"Expect: 100-continue\r\n",
    "in other letters": b"expect:  100-Continue \r\n",
    "in a list": b"Expect: other, 100-continue\r\n",
    "in two lines": b"Expect: other\r\nExpect: 100-continue\r\n",
}


@pytest.mark.parametrize("expect", EXPECTS.values(), ids=EXPECTS)
async def test_sm_a_final_answer_instead_of_leave_to_send_the_body_ends_the_connection(port, expect):
    refused = WAITING.replace(b"/oauth2/token", b"/nowhere") + expect + b"\r\n"

    received = await talk(port, refused, NEXT + NEXT, pause=0.2, patience=0.5)

    assert statuses(received) == [404]
    assert b"connection: close" in received


@pytest.mark.parametrize("expect", EXPECTS.values(), ids=EXPECTS)
async def test_who_got_leave_to_send_its_body_or_did_not_wait_for_it_keeps_its_connection(port, expect):
    head = HEAD + b"Content-Length: 3\r\n" + expect + b"\r\n"

    waited = await talk(port, head, b"a=1", NEXT, pause=0.1, patience=0.3)
    hurried = await talk(port, head + b"a=1" + NEXT, patience=0.3)

    assert statuses(waited) == [100, 200, 200]
    assert statuses(hurried) == [200, 200]


LAST = b"GET /large HTTP/1.0\r\nHost: 127.0.0.1:PORT\r\nConnection: keep-alive\r\n\r\n"
LARGE = 20_000_000  # more than all buffers on the way hold


@contextlib.asynccontextmanager
async def answering_at_length(monkeypatch, **serving):
    """Yield the port, and the paths of the requests that were served."""
    large = Body(content=b"x" * LARGE, media_type="text/plain")
    routes = [*small.routes(), Route(path="/large", methods=("GET",), endpoint=small.answering(large))]
    monkeypatch.setattr(small, "routes", lambda: routes)
    served = Recorder()
    async with listening(make=lambda base: application(base, witnesses=(served,)), **serving) as port:
        yield port, lambda: [exchange.head.path for exchange, _ in served.seen]


async def read_to_end(reader):
    received = 0
    with contextlib.suppress(ConnectionError):
        while chunk := await asyncio.wait_for(reader.read(1_000_000), 10):
            received += len(chunk)
    return received


async def test_sm_what_waits_behind_the_last_answer_is_not_done_when_the_peer_reads_on(monkeypatch):
    async with answering_at_length(monkeypatch) as (port, served):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
        writer.write((LAST + NEXT).replace(b"PORT", str(port).encode()))
        await asyncio.sleep(0.3)
        received = await read_to_end(reader)
        await asyncio.sleep(0.2)
        writer.close()

        assert received > LARGE
        assert served() == ["/large"]


async def test_what_waits_when_the_server_stops_is_not_done(monkeypatch):
    async with answering_at_length(monkeypatch, drain=5) as (port, served):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
        kept = LAST.replace(b"HTTP/1.0", b"HTTP/1.1")
        writer.write((kept + NEXT).replace(b"PORT", str(port).encode()))
        await asyncio.sleep(0.3)

        async def read_late():
            await asyncio.sleep(0.5)
            return await read_to_end(reader)

        reading = asyncio.create_task(read_late())

    await reading
    writer.close()
    assert served() == ["/large"]


async def test_ds_01_a_body_that_is_too_large_ends_the_connection_of_a_page(port):
    head = HEAD.replace(b"/oauth2/token", b"/form") + b"Sec-Fetch-Site: same-origin\r\n"

    received = await talk(port, head + b"Content-Length: 99999999999\r\n\r\n", NEXT, pause=0.2, patience=0.5)

    assert statuses(received) == [413]
    assert b"text/html" in received
    assert b"connection: close" in received


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
