"""Framing over a real connection: rows SM, HI and DS of the attack catalogue."""

import asyncio
import contextlib
import socket
import time

import pytest

from limen.http import wire
from tests.http.edge.small import HEAD, Recorder, application, listening, statuses, talk

NEXT = b"GET /register/smuggled HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"
GOOD = HEAD + b"Content-Length: 3\r\n\r\na=1"


async def test_a_good_request_and_the_next_on_one_connection(port):
    received = await talk(port, GOOD, NEXT, patience=0.3)

    assert statuses(received) == [200, 200]
    assert b"server:" not in received.lower()


async def test_pipelined_requests_are_answered_in_order(port):
    received = await talk(port, GOOD + NEXT + GOOD, patience=0.3)

    assert statuses(received) == [200, 200, 200]
    assert received.index(b"smuggled") > received.index(b'"a":["1"]')


AMBIGUOUS = {
    "SM-01 length and chunks": b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "SM-01 chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "SM-02 two lengths": b"Content-Length: 3\r\nContent-Length: 4\r\n\r\na=1",
    "SM-02 the same length twice": b"Content-Length: 3\r\nContent-Length: 3\r\n\r\na=1",
    "SM-02 a list": b"Content-Length: 3, 3\r\n\r\na=1",
    "SM-02 plus": b"Content-Length: +3\r\n\r\na=1",
    "SM-02 minus": b"Content-Length: -3\r\n\r\na=1",
    "SM-02 hexadecimal": b"Content-Length: 0x3\r\n\r\na=1",
    "SM-02 empty": b"Content-Length: \r\n\r\na=1",
    "SM-02 enormous": b"Content-Length: 99999999999999999999\r\n\r\na=1",
    "unknown transfer coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked is not last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "two transfer codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a bad chunk size": b"Transfer-Encoding: chunked\r\n\r\n3x\r\na=1\r\n0\r\n\r\n",
    "a negative chunk size": b"Transfer-Encoding: chunked\r\n\r\n-3\r\na=1\r\n0\r\n\r\n",
    "an overflowing chunk size": b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na=1\r\n0\r\n\r\n",
    "a space before the colon": b"Content-Length : 3\r\n\r\na=1",
    "a folded field": b"X: 1\r\n Content-Length: 3\r\n\r\na=1",
    "a bare line feed in a field": b"X: 1\nContent-Length: 3\r\n\r\na=1",
    "a bare carriage return in a field": b"X: 1\rContent-Length: 3\r\n\r\na=1",
    "a NUL in a field": b"X: \x00\r\nContent-Length: 3\r\n\r\na=1",
    "no name": b": 1\r\nContent-Length: 3\r\n\r\na=1",
}


@pytest.mark.parametrize("rest", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_sm_an_ambiguous_request_is_refused_and_nothing_behind_it_is_served(port, rest):
    received = await talk(port, HEAD + rest + NEXT, patience=0.5)

    assert b"smuggled" not in received
    assert statuses(received)[-1:] in ([400], [413], [415])
    assert len(statuses(received)) == 1
    assert b"connection: close" in received.lower()


TARGETS = {
    "absolute": b"http://evil.test/register/x",
    "authority": b"evil.test:443",
    "asterisk": b"*",
    "relative": b"register/x",
    "fragment": b"/register/x#y",
    "raw bytes": b"/register/\xff",
    "space": b"/register/ x",
}


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
async def test_a_target_that_is_no_path_is_refused(port, target):
    received = await talk(
        port, b"GET " + target + b" HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n" + NEXT, patience=0.5
    )

    assert statuses(received)[0] == 400
    assert b"evil" not in received


async def test_hi_05_no_host_or_two(port):
    none = await talk(port, b"GET /register/x HTTP/1.1\r\n\r\n", patience=0.5)
    two = await talk(port, NEXT.replace(b"\r\n\r\n", b"\r\nHost: evil.test\r\n\r\n"), patience=0.5)
    old = await talk(port, b"GET /register/x HTTP/1.0\r\n\r\n", patience=0.5)

    assert statuses(none) == statuses(two) == statuses(old) == [400]


async def test_hi_08_two_authorizations(port):
    twice = NEXT.replace(b"\r\n\r\n", b"\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n")

    assert statuses(await talk(port, twice, patience=0.5)) == [400]


async def test_sm_08_headers_without_end(port):
    start = NEXT.removesuffix(b"\r\n")
    one = await talk(port, start + b"X: ", *[b"x" * 50_000] * 20, patience=1)
    many = await talk(port, start, *[b"X: 1\r\n" * 10_000] * 20, patience=1)
    fields = await talk(port, start + b"".join(b"X-%d: 1\r\n" % i for i in range(150)) + b"\r\n", patience=1)

    assert statuses(one) in ([431], [])  # a peer that goes on sending may meet a closed door
    assert statuses(many) in ([431], [])
    assert statuses(fields) == [431]


async def test_sm_08_a_url_without_end(port):
    received = await talk(port, b"GET /" + b"a" * 100_000, b" HTTP/1.1\r\n\r\n", patience=1)

    assert statuses(received) in ([414], [])


async def test_ds_01_a_large_body_is_refused_before_it_is_sent(port):
    head = HEAD + b"Expect: 100-continue\r\nContent-Length: 20000000\r\n\r\n"

    received = await talk(port, head, patience=0.5)

    assert statuses(received) == [413]


async def test_ds_01_a_large_body_in_chunks(port):
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    chunk = b"2710\r\n" + b"a" * 10_000 + b"\r\n"

    received = await talk(port, head, *[chunk] * 30, pause=0.005, patience=0.5)

    assert statuses(received) in ([413], [])


async def test_ds_13_a_compressed_body(port):
    received = await talk(
        port, HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\na=1", patience=0.5
    )

    assert statuses(received) == [415]


async def test_ca_14_multipart_is_not_parsed(port):
    head = HEAD.replace(b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x")

    assert statuses(await talk(port, head + b"Content-Length: 3\r\n\r\na=1", patience=0.5)) == [415]


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"\r\n"] * 20,
        [b"GET /register/x HTTP/1.1\r\n", *[b"X: 1\r\n"] * 20],
        [bytes([octet]) for octet in NEXT[:20]],
    ],
    ids=["silence", "blank lines", "headers", "octets"],
)
async def test_ds_08_slow_headers_are_cut_off(port, monkeypatch, pieces):
    monkeypatch.setattr(wire, "HEADER_TIME", 0.3)
    begun = time.perf_counter()

    received = await talk(port, *pieces, pause=0.05, patience=3)

    assert time.perf_counter() - begun < 1.8
    assert statuses(received) in ([408], [])


async def test_ds_08_a_slow_body_is_cut_off(port, monkeypatch):
    monkeypatch.setattr(wire, "BODY_TIME", 0.3)
    begun = time.perf_counter()

    received = await talk(port, HEAD + b"Content-Length: 50\r\n\r\n", *[b"a"] * 20, pause=0.05, patience=3)

    assert time.perf_counter() - begun < 1.8
    assert statuses(received) in ([408], [])


async def test_ds_08_slow_peers_keep_nobody_else_waiting(port, monkeypatch):
    monkeypatch.setattr(wire, "HEADER_TIME", 20)
    slow = [asyncio.create_task(talk(port, b"GET /", *[b"a"] * 99, pause=0.1)) for _ in range(200)]
    await asyncio.sleep(0.1)

    quick = await talk(port, NEXT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    assert statuses(quick) == [200]
    assert not any(task.done() for task in slow)
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)


async def test_a_patient_request_in_pieces_is_served(port):
    received = await talk(
        port, *[GOOD[i : i + 40] for i in range(0, len(GOOD), 40)], pause=0.02, patience=0.3
    )

    assert statuses(received) == [200]


@pytest.mark.parametrize("upgrade", [b"websocket", b"h2c"])
async def test_no_connection_is_upgraded(port, upgrade):
    asked = NEXT.replace(b"\r\n\r\n", b"\r\nConnection: Upgrade\r\nUpgrade: " + upgrade + b"\r\n\r\n")

    assert statuses(await talk(port, asked, patience=0.3)) == [200]


async def test_a_peer_that_waits_for_leave_to_send_its_body_gets_it(port):
    head = HEAD + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"

    received = await talk(port, head, b"a=1", pause=0.1, patience=0.3)

    assert statuses(received) == [100, 200]
    assert b'"a":["1"]' in received


async def test_a_peer_of_http_1_0_is_told_nothing_before_its_answer(port):
    head = HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"

    received = await talk(port, head, b"a=1", pause=0.1, patience=0.3)

    assert statuses(received) == [200]


async def test_what_follows_a_request_that_ends_the_connection_is_not_served(port):
    last = NEXT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n").replace(b"smuggled", b"last")

    received = await talk(port, last + NEXT, patience=0.5)

    assert statuses(received) == [200]
    assert b"smuggled" not in received


async def test_ds_08_who_does_not_read_answers_gets_no_more_of_them():
    seen = Recorder()
    async with listening(make=lambda base: application(base, witnesses=(seen,))) as port:
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.setblocking(False)
        await asyncio.get_running_loop().sock_connect(peer, ("127.0.0.1", port))
        padding = b"\r\nX: " + b"x" * 1_000 + b"\r\n\r\n"  # so that one read does not bring too many
        request = NEXT.replace(b"PORT", str(port).encode()).replace(b"\r\n\r\n", padding)
        sent = 0
        with contextlib.suppress(BlockingIOError):
            while sent < 200_000_000:
                for _ in range(20):
                    sent += peer.send(request * 50)
                await asyncio.sleep(0.01)
        answered = -1
        while answered < len(seen.seen):  # what it has read already it may still answer
            answered = len(seen.seen)
            await asyncio.sleep(0.5)

        assert answered < sent / len(request)
        assert statuses(await talk(port, NEXT, patience=0.2)) == [200]
        peer.close()


async def test_ds_08_more_connections_than_allowed_are_told_so():
    async with listening(max_connections=3) as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        refused = await talk(port, NEXT, patience=0.5)
        for _, writer in idle:
            writer.close()
        await asyncio.sleep(0.1)
        served = await talk(port, NEXT, patience=0.3)

    assert statuses(refused) == [503]
    assert b"connection: close" in refused
    assert statuses(served) == [200]


async def test_an_application_that_falls_over_is_answered_for():
    def falling(base):
        small = application(base)

        async def fall(scope, receive, send):
            if scope["type"] == "lifespan":
                await small(scope, receive, send)
            else:
                raise RuntimeError("password=hunter2")

        return fall

    async with listening(make=falling) as port:
        received = await talk(port, NEXT, patience=0.3)

    assert statuses(received) == [500]
    assert b"hunter2" not in received


async def test_many_requests_at_once_are_not_taken_for_one_with_long_headers(port):
    received = await talk(port, NEXT * 1000 + NEXT[:30], NEXT[30:], patience=0.5)

    assert statuses(received) == [200] * 1001


async def test_a_head_request_has_no_body(port):
    received = await talk(port, NEXT.replace(b"GET", b"HEAD"), patience=0.3)

    assert received.endswith(b"\r\n\r\n")
    assert b"content-length: 0" not in received
