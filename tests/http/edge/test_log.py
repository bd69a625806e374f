"""The log: lines that cannot be forged, without secrets, that nobody waits for."""

import asyncio
import io
import json
import logging
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.http.log import Log, attach
from limen.http.log_line import LineMaker
from limen.http.redaction import redact
from tests.http.asgi_client import AsgiClient
from tests.http.edge.small import FixedClock, application

SECRET = "lm_at_" + "A1b2C3d4" * 6


@pytest.fixture
def stream():
    return io.BytesIO()


@pytest.fixture
def log(stream):
    return Log(stream, FixedClock())


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_the_access_line_names_the_route_and_never_the_url(log, stream):
    client = AsgiClient(application(witnesses=(log,)))

    await client.get("/t/acme/register/my-client?code=canary-in-the-url")

    (line,) = lines(stream)
    assert line["route"] == "/register/{client_id}"
    assert (line["event"], line["status"], line["tenant"]) == ("request", 200, "acme")
    assert line["source"] == "192.0.2.10"
    assert line["time"] == "2027-01-15T08:00:00Z"
    assert "canary" not in stream.getvalue().decode()


async def test_a_refusal_is_found_by_its_reference(log, stream):
    client = AsgiClient(application(witnesses=(log,)))

    reply = await client.get("/refuse/client")

    (line,) = lines(stream)
    assert line["reference"] == reply.header("limen-reference")
    assert (line["error"], line["detail"]) == ("invalid_client", "unknown id")


async def test_a_fault_is_logged_with_its_way_but_without_secrets(log, stream):
    client = AsgiClient(application(witnesses=(log,)))

    reply = await client.get("/broken")

    fault, request = lines(stream)
    assert fault["reference"] == request["reference"] == reply.header("limen-reference")
    assert "RuntimeError" in fault["exception"]
    assert "hunter2" not in stream.getvalue().decode()


@pytest.mark.parametrize(
    "text", ["bob\r\nINFO ok", "\x1b[31mred", '"}\n{"level":"error', "\u202eevil", "a\u2028b", "\x9b1m\x7f"]
)
def test_au_02_one_event_is_one_line_and_drives_no_terminal(text):
    line = LineMaker().encode(0, "event", {"username": text})

    assert line.count(b"\n") == 1
    assert json.loads(line)["username"] == text
    assert all(32 <= octet < 127 for octet in line[:-1])


@given(st.text(max_size=600), st.one_of(st.integers(), st.floats(allow_nan=False), st.binary(), st.none()))
def test_au_02_any_fact_is_one_line(text, value):
    stream = io.BytesIO()
    Log(stream, FixedClock()).emit("event", text=text, value=value)

    assert stream.getvalue().count(b"\n") == 1
    json.loads(stream.getvalue())


def test_au_08_long_facts_are_shortened(log, stream):
    log.emit("event", user_agent="a" * 8192)

    assert len(lines(stream)[0]["user_agent"]) == 513


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"token={SECRET}",
        "GET /cb?code=canary12345&state=s",
        "POST client_id=a&client_secret=canary12345&x=1",
        '{"password": "canary12345"}',
        "{'code_verifier': 'canary12345'}",
        '"{\\"refresh_token\\":\\"canary12345\\"}"',
        "Authorization: Basic Y2FuYXJ5MTIzNDU=",
        "authorization: bearer canary12345",
        "DPoP canary12345",
        "eyJhbGciOiJub25lIn0.canary12345.canary12345",
        "eyJhbGciOiJub25lIn0..canary12345.canary12345.canary12345",
        "user_code=canary12345",
        "-----BEGIN PRIVATE KEY-----\ncanary12345\n-----END PRIVATE KEY-----",
        f"refresh_token%3D{SECRET}",
        f"a%20{SECRET}",
        repr(f"a line\n{SECRET}"),
        f"_{SECRET}",
        f"a{SECRET}",
        "a%20eyJhbGciOiJub25lIn0.canary12345.canary12345",
        repr("a line\neyJhbGciOiJub25lIn0.canary12345.canary12345"),
        repr("a line\ncode=canary12345"),
        repr("a line\nBearer canary12345"),
        "/cb%3Fcode%3Dcanary12345%26state%3Ds",
        "state=s%26code=canary12345",
    ],
)
def test_au_05_what_looks_like_a_secret_is_taken_out(text):
    clean = redact(text)

    assert "canary" not in clean
    assert "Y2FuYXJ5" not in clean
    assert SECRET[6:] not in clean
    assert "[redacted]" in clean


@pytest.mark.parametrize(
    "text",
    [
        "error_code 5",
        "client_id=abc",
        "scope=openid",
        "the code was used",
        "lm_s_ab12",
        "status_code=200",
        "error_code%3D5",
        "state%3Dabc",
        "realm_name_configuration",
        "film_at_eleven_o_clock",
        "keyJournalist heyJude",
        "requires_dpop according",
    ],
)
def test_ordinary_words_stay(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    "piece", ["lm_", "lm_at_", "xlm_at_", "eyJ", "xeyJ.", "token=", "code%3D", "code%3D%26", "\\n", "dpop  "]
)
def test_ds_text_without_end_is_looked_through_once(piece):
    begun = time.process_time()

    redact("x" + piece * (1_000_000 // len(piece)))

    assert time.process_time() - begun < 5


def test_au_05_a_fact_with_a_secrets_name_is_taken_out(log, stream):
    log.emit("slip", password="canary", client_secret="canary", client_id="c")

    (line,) = lines(stream)
    assert line["client_id"] == "c"
    assert b"canary" not in stream.getvalue()


@given(
    st.dictionaries(
        st.sampled_from(["client_id", "password", "detail", "code"]),
        st.one_of(
            st.sampled_from(
                [SECRET, f"token={SECRET}", "canary", "a b=c", "x" * 64, "x" * 600, True, 1, 1.5]
            ),
            st.text(max_size=70),
            st.lists(st.integers(), max_size=2),
        ),
    )
)
def test_au_05_what_was_seen_before_is_written_as_the_first_time(facts):
    maker = LineMaker()
    first = maker.encode(0, "event", facts)

    assert maker.encode(0, "event", facts) == first
    assert SECRET.encode() not in first


def test_au_05_a_text_that_did_no_harm_is_taken_out_under_a_secrets_name():
    maker = LineMaker()
    for _ in range(2):
        assert json.loads(maker.encode(0, "slip", {"client_id": "canary"}))["client_id"] == "canary"
        assert b"canary" not in maker.encode(0, "slip", {"password": "canary"})


def test_what_is_remembered_of_facts_has_a_bound_and_no_secret():
    maker = LineMaker()
    for number in range(5_000):
        facts = {"client_id": f"client {number}", "token": f"canary {number}", "detail": f"otp={number}"}
        maker.encode(0, "event", facts)

    assert 0 < len(maker._harmless) <= 2_048
    assert not any("canary" in str(text) or "otp" in str(text) for text in maker._harmless)


async def test_a_full_queue_drops_lines_and_says_so(stream):
    log = Log(stream, FixedClock(), limit=3)
    await log.start()
    for number in range(10):
        log.emit("event", number=number)
    await log.stop()

    written = lines(stream)
    assert [line["number"] for line in written if line["event"] == "event"][:3] == [0, 1, 2]
    assert sum(line.get("lines", 1) for line in written) == 10


async def test_a_stream_that_nobody_reads_keeps_no_server_from_stopping():
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", buffering=0) as unread:
        log = Log(unread, FixedClock())
        await log.start()
        for _ in range(2):  # more than a pipe holds, and more behind it
            for _ in range(500):
                log.emit("busy", detail="x" * 400)
            await asyncio.sleep(0.3)

        stopping = time.monotonic()
        await log.stop()
        log.emit("late")
        took = time.monotonic() - stopping
        os.close(reading)  # lets the thread go

    assert took < 10


async def test_a_stream_that_fails_stops_nobody():
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError("no space")

        def flush(self):
            raise OSError("no space")

    log = Log(Full(), FixedClock())
    log.emit("event")
    await log.start()
    log.emit("event")
    await log.stop()


async def test_a_fact_that_cannot_be_written_takes_no_other_line_with_it(stream):
    class Broken:
        def __str__(self):
            raise RuntimeError("broken")

    log = Log(stream, FixedClock())
    await log.start()
    log.emit("before")
    log.emit("broken", fact=Broken())
    log.emit("after")
    await log.stop()
    log.emit("later")

    written = lines(stream)
    assert [line["event"] for line in written] == ["before", "after", "later", "log.dropped"]
    assert written[-1]["lines"] == 1


def test_lines_below_the_level_are_not_written(stream):
    log = Log(stream, FixedClock(), level="warning")
    log.emit("quiet")
    log.emit("loud", level="error")

    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_libraries_log_through_the_same_filter(log, stream):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        attach(log)
        logging.getLogger("some.library").warning("sent %s", f"token={SECRET}")
    finally:
        root.handlers[:] = before
        root.setLevel(level)

    (line,) = lines(stream)
    assert (line["logger"], line["level"]) == ("some.library", "warning")
    assert SECRET not in line["message"]


def test_what_broke_in_a_library_is_told_to_its_end(log, stream):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        attach(log)
        broke = RuntimeError("a" * 600 + " the disk is gone")
        logging.getLogger("some.library").error("could not write", exc_info=broke)
    finally:
        root.handlers[:] = before
        root.setLevel(level)

    (line,) = lines(stream)
    assert line["message"] == "could not write"
    assert line["exception"].endswith("the disk is gone")


def test_a_secret_that_lies_where_a_long_trace_is_cut_is_told_by_none_of_its_parts(log, stream):
    end = "x" * (16_384 - len(SECRET) // 2)
    record = logging.LogRecord("a.library", logging.ERROR, "", 0, f"it broke\n{SECRET} {end}", None, None)

    log.put_nowait(record)

    (line,) = lines(stream)
    assert line["exception"].endswith(end)
    assert not any(SECRET[at : at + 8] in line["exception"] for at in range(6, len(SECRET) - 8))
