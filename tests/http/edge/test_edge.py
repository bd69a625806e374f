"""The outermost guard: rows HI, SM, DS and CA of the attack catalogue, in process."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limen.http.edge import hosts_of
from tests.http.asgi_client import exchange
from tests.http.edge.small import BASE, application

FORM = ("Content-Type", "application/x-www-form-urlencoded")


def scope(**different):
    return {
        "type": "http",
        "method": "GET",
        "scheme": "https",
        "path": "/register/new",
        "raw_path": b"/register/new",
        "query_string": b"",
        "headers": [(b"host", b"id.test")],
        "client": ("192.0.2.1", 1),
    } | different


async def status(app, **different):
    return (await exchange(app, scope(**different))).status


@pytest.mark.parametrize(
    "host", [b"evil.test", b"id.test.evil.test", b"id.test:8443", b"", b"id.test, evil.test", b"\xff"]
)
async def test_hi_01_a_foreign_host_is_misdirected(app, host):
    reply = await exchange(app, scope(headers=[(b"host", host)]))

    assert reply.status == 421
    assert b"evil" not in reply.body


@pytest.mark.parametrize("host", [b"id.test", b"ID.test", b"id.test:443"])
async def test_our_host_is_known_in_any_case_and_with_its_port(app, host):
    assert await status(app, headers=[(b"host", host)]) == 200


async def test_hi_05_no_host_or_two(app):
    assert await status(app, headers=[]) == 400
    assert await status(app, headers=[(b"host", b"id.test")] * 2) == 400


async def test_hi_02_headers_of_proxies_are_not_believed(client):
    reply = await client.get(
        "/register/new",
        headers={
            "X-Forwarded-For": "203.0.113.9",
            "X-Forwarded-Host": "evil.test",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Prefix": "/evil",
            "Forwarded": "for=203.0.113.9;host=evil.test",
            "X-Original-URL": "/health/live",
            "X-Rewrite-URL": "/health/live",
            "X-HTTP-Method-Override": "DELETE",
        },
    )

    assert reply.json()["source"] == "192.0.2.10"
    assert reply.json()["path"] == "/register/new"
    assert "evil" not in reply.text
    assert "203.0.113.9" not in reply.text


@pytest.mark.parametrize(
    "name", ["Authorization", "DPoP", "Content-Type", "Content-Length", "Origin", "Sec-Fetch-Site"]
)
async def test_hi_08_a_field_that_may_not_repeat(client, name):
    twice = [(name, "1"), (name, "1")]

    assert (await client.send("GET", f"{BASE}/register/new", twice)).status == 400


async def test_lists_may_come_in_several_fields(client):
    sent = [("Accept", "text/html"), ("Accept", "application/json"), ("Cookie", "a=1"), ("Cookie", "b=2")]

    assert (await client.send("GET", f"{BASE}/register/new", sent)).json()["headers"]["accept"] == (
        "text/html, application/json"
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"/t%2f..%2fconsole",
        b"/t/..;/console",
        b"//console",
        b"/console\\x",
        b"/..",
        b"/t/acme/../console",
        b"/./x",
        b"/%2e%2e/x",
        b"/a%00b",
        b"/a%5cb",
        b"/a%5Cb",
        b"/a;b",
        b"/a%3bb",
        b"/a%252fb",
        b"/a%",
        b"/a%f",
        b"/a%ff",
        b"/a%0d%0ab",
        b"/a b",
        b"/\xc3\xa9",
        b"/a#b",
        b"/a|b",
        b"*",
        b"http://id.test/",
    ],
)
async def test_sm_06_a_path_that_could_be_read_in_two_ways_is_refused(app, raw):
    assert await status(app, raw_path=raw) == 400


@pytest.mark.parametrize(
    "raw", [b"/register/a.b", b"/register/..a", b"/register/~a", b"/register/a%20b", b"/register/a:b@c"]
)
async def test_plain_paths_are_not_in_the_way(app, raw):
    assert await status(app, raw_path=raw) == 200


async def test_sm_08_too_many_or_too_large_fields(app):
    host = (b"host", b"id.test")

    assert await status(app, headers=[host, *((b"x-%d" % i, b"1") for i in range(150))]) == 431
    assert await status(app, headers=[host, (b"x", b"1" * 8193)]) == 431
    assert await status(app, headers=[host, *((b"x-%d" % i, b"1" * 6000) for i in range(3))]) == 431
    assert await status(app, headers=[host, (b"x", b"1" * 8000)]) == 200
    assert await status(app, headers=[host, *((b"x-%d" % i, b"1" * 4000) for i in range(4))]) == 200
    assert await status(app, headers=[host, *((b"x-%d" % i, b"1") for i in range(63))]) == 200


async def test_sm_08_too_long_a_url(app):
    authorize = {"path": "/oauth2/authorize", "raw_path": b"/oauth2/authorize"}

    assert await status(app, query_string=b"a=" + b"1" * 100_000) == 414
    assert await status(app, query_string=b"a=" + b"1" * 9_000) == 414
    assert await status(app, query_string=b"a=" + b"1" * 9_000, **authorize) == 200
    assert await status(app, query_string=b"a=" + b"1" * 17_000, **authorize) == 414
    assert await status(app, raw_path=b"/nowhere/" + b"a" * 17_000) == 414
    assert await status(app, raw_path=b"/nowhere/" + b"a" * 16_000) == 404


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get"])
async def test_an_unknown_method(app, method):
    assert await status(app, method=method) == 501


async def test_ds_01_a_body_over_the_routes_limit_is_not_read(app):
    async def receive():
        raise AssertionError("nothing may be read")

    sent = []

    async def send(event):
        sent.append(event)

    headers = [(b"host", b"id.test"), (b"content-length", b"65537")]
    await app(
        scope(method="POST", path="/oauth2/token", raw_path=b"/oauth2/token", headers=headers), receive, send
    )

    assert sent[0]["status"] == 413


async def test_ds_01_a_body_of_unknown_length_is_read_up_to_the_limit(app):
    taken = 0

    async def receive():
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"a" * 10_000, "more_body": True}

    sent = []

    async def send(event):
        sent.append(event)

    headers = [(b"host", b"id.test"), (b"transfer-encoding", b"chunked")]
    await app(
        scope(method="POST", path="/oauth2/token", raw_path=b"/oauth2/token", headers=headers), receive, send
    )

    assert sent[0]["status"] == 413
    assert taken == 7


async def test_ds_02_one_enormous_value(client):
    assert (await client.post("/oauth2/token", form={"a": "1" * 20_000_000})).status == 413


async def test_ds_02_a_thousand_parameters(client):
    reply = await client.post("/oauth2/token", form={f"p{i}": "" for i in range(1001)})

    assert (reply.status, reply.error) == (400, "invalid_request")


async def test_the_management_interface_takes_larger_bodies(client):
    assert (await client.post("/api", json={"a": "1" * 900_000})).status == 200
    assert (await client.post("/api", json={"a": "1" * 1_000_000})).status == 413


async def test_ds_13_a_compressed_body_is_refused(client):
    reply = await client.post("/oauth2/token", form={"a": "1"}, headers={"Content-Encoding": "gzip"})

    assert reply.status == 415


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/x-www-form-urlencoded, application/json",
        "x/x",
        None,
    ],
)
async def test_ca_14_only_a_form_is_read_as_a_form(client, kind):
    reply = await client.post("/oauth2/token", body=b"grant_type=x", headers={"Content-Type": kind})

    assert (reply.status, reply.error) == (415, "invalid_request")


@pytest.mark.parametrize(
    "kind",
    ["Application/X-WWW-Form-urlencoded;charset=UTF-8", 'application/x-www-form-urlencoded; charset="utf-8"'],
)
async def test_a_form_may_name_its_character_set(client, kind):
    reply = await client.post("/oauth2/token", body=b"a=1", headers={"Content-Type": kind})

    assert reply.json()["params"] == {"a": ["1"]}


async def test_a_post_without_a_body_needs_no_media_type(client):
    assert (await client.post("/userinfo")).status == 200


async def test_json_endpoints_take_json_alone(client):
    assert (await client.post("/api", form={"a": "1"})).status == 415
    assert (
        await client.post("/api", body=b"{}", headers={"Content-Type": "application/merge-patch+json"})
    ).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("field", [(b"content-length", b"3"), (b"transfer-encoding", b"chunked")])
async def test_what_only_reads_has_no_body(app, method, field):
    assert await status(app, method=method, headers=[(b"host", b"id.test"), field]) == 400


async def test_get_may_say_that_its_body_is_empty(app):
    assert await status(app, headers=[(b"host", b"id.test"), (b"content-length", b"0")]) == 200


@pytest.mark.parametrize("length", [b"+1", b"-1", b"0x1", b"1, 1", b"1_0", b"\xb2", b""])
async def test_sm_02_an_unclear_length(app, length):
    headers = [(b"host", b"id.test"), (b"content-length", length)]

    assert await status(app, method="POST", headers=headers) == 400


async def test_sm_01_a_length_beside_chunks_is_refused(app):
    both = [(b"host", b"id.test"), (b"content-length", b"0"), (b"transfer-encoding", b"chunked")]

    assert await status(app, method="POST", headers=both) == 400


HOST = (b"host", b"id.test")


@pytest.mark.parametrize(
    "different",
    [
        {"method": "TRACE"},
        {"raw_path": b"/" + b"a" * 17_000},
        {"headers": []},
        {"headers": [(b"host", b"evil.test")]},
        {"headers": [HOST, *((b"x-%d" % i, b"1") for i in range(64))]},
        {"headers": [HOST, *((b"x-%d" % i, b"1" * 6000) for i in range(3))]},
        {"headers": [HOST, (b"x", b"1" * 8193)]},
        {"headers": [HOST, HOST]},
        {"headers": [HOST, (b"content-length", b"x")], "method": "POST"},
        {"headers": [HOST, (b"content-length", b"1")]},
        {"headers": [HOST, (b"content-length", b"1"), (b"content-encoding", b"br")], "method": "POST"},
        {"headers": [HOST, (b"content-length", b"65537")], "method": "POST", "raw_path": b"/oauth2/token"},
    ],
    ids=[
        "method",
        "url",
        "no host",
        "foreign host",
        "many fields",
        "large fields",
        "large field",
        "twice",
        "length",
        "body of GET",
        "compressed",
        "large body",
    ],
)
async def test_sm_nothing_more_is_read_where_it_is_unclear_what_a_peer_sends(app, different):
    reply = await exchange(app, scope(**different))

    assert reply.status >= 400
    assert reply.header("connection") == "close"


@pytest.mark.parametrize("query", [b"a=\xff", b"a=b c", b"a=\x00", b"a=\xc3\xa9", b"a\x7f"])
async def test_a_query_with_octets_that_must_be_encoded_is_refused(app, query):
    assert await status(app, query_string=query) == 400


async def test_a_peer_that_leaves_while_sending_is_not_answered(app, witness):
    events = [{"type": "http.disconnect"}, {"type": "http.request", "body": b"a=", "more_body": True}]

    async def receive():
        return events.pop()

    async def send(event):
        raise AssertionError("nobody is there")

    headers = [(b"host", b"id.test"), (b"content-length", b"9")]
    await app(
        scope(method="POST", path="/oauth2/token", raw_path=b"/oauth2/token", headers=headers), receive, send
    )

    assert witness.seen == []


async def test_hi_10_a_request_in_the_clear_is_refused_where_the_base_is_https(app):
    assert await status(app, scheme="http") == 403
    assert await status(app, scheme="http", client=("127.0.0.1", 1)) == 200


def test_a_base_url_is_scheme_host_and_port():
    assert hosts_of("http://localhost:8080") == {"localhost:8080": "http://localhost:8080"}
    assert hosts_of("http://[::1]") == {"[::1]": "http://[::1]", "[::1]:80": "http://[::1]"}
    for wrong in (
        "id.test",
        "https://",
        "https://id.test/",
        "https://id.test/x",
        "https://id.test?x",
        "ftp://id.test",
    ):
        with pytest.raises(ValueError):
            hosts_of(wrong)


OCTETS = st.binary(max_size=60)
LOWER = OCTETS.map(bytes.lower)
METHODS = st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "DELETE", "X"])
PATHS = st.one_of(
    OCTETS,
    st.sampled_from(
        [b"/oauth2/token", b"/oauth2/authorize", b"/t/acme/userinfo", b"/i/a/b", b"/api", b"/refuse/page"]
    ),
    OCTETS.map(lambda tail: b"/register/" + tail),
    OCTETS.map(lambda tail: b"/t/" + tail),
)
NAMES = st.sampled_from(
    [
        b"content-type",
        b"authorization",
        b"cookie",
        b"origin",
        b"dpop",
        b"accept",
        b"content-length",
        b"transfer-encoding",
        b"x-forwarded-for",
        b"sec-fetch-site",
        b"if-none-match",
        b"access-control-request-method",
    ]
)


@settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    method=METHODS,
    raw=PATHS,
    query=st.one_of(OCTETS, st.just(b"a=1&b=%20")),
    fields=st.lists(
        st.tuples(st.one_of(NAMES, LOWER), st.one_of(OCTETS, st.just(FORM[1].encode()))), max_size=6
    ),
    body=OCTETS,
)
async def test_no_octets_make_a_server_fault(method, raw, query, fields, body):
    app = application()
    headers = [(b"host", b"id.test"), *fields]
    if body and method == "POST":
        headers.append((b"content-length", str(len(body)).encode()))

    reply = await exchange(
        app, scope(method=method, path="/", raw_path=raw, query_string=query, headers=headers), body
    )

    assert reply.status < 500 or reply.status == 501
