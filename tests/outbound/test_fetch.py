"""Calling strangers: what is fetched, what is kept and what is refused (SS-01 to SS-13)."""

import asyncio
import gzip

import pytest
from aiohttp import web

from limen.outbound.fetch import GuardedFetcher
from limen.ports.outbound import FetchError

LIMIT = 1_000


@pytest.fixture
async def server(serve):
    return await serve("rp.test")


@pytest.fixture
def fetcher(make_fetcher, server):
    return make_fetcher({"rp.test": "127.0.0.1"}, allow=(f"rp.test:{server.port}",))


@pytest.fixture
def url(server):
    return f"https://rp.test:{server.port}/keys?a=%7e"


async def refused(call):
    with pytest.raises(FetchError):
        await call


async def test_a_document_is_fetched_as_asked_for_and_by_its_name(fetcher, server, url):
    assert await fetcher.json(url, limit=LIMIT) == {"hello": "you"}

    method, path, headers, _ = server.requests[0]
    assert (method, path) == ("GET", "/keys?a=%7e")
    assert headers["Host"] == f"rp.test:{server.port}"
    assert headers["Accept-Encoding"] == "identity"
    assert "Cookie" not in headers


async def test_a_document_is_kept_for_five_minutes_unless_it_must_be_fresh(fetcher, server, url, clock):
    for _ in range(3):
        await fetcher.json(url, limit=LIMIT)
    assert len(server.requests) == 1

    await fetcher.json(url, limit=LIMIT, fresh=True)
    assert len(server.requests) == 2

    clock.time += 300
    await fetcher.json(url, limit=LIMIT)
    assert len(server.requests) == 3


async def test_those_who_want_the_same_at_once_share_one_call(fetcher, server, url):
    gate = asyncio.Event()

    async def slow(request):
        await gate.wait()
        return web.json_response([1])

    server.answer = slow
    waiting = [asyncio.create_task(fetcher.json(url, limit=LIMIT)) for _ in range(10)]
    await asyncio.sleep(0.1)
    waiting[0].cancel()
    gate.set()

    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:] == [[1]] * 9
    assert len(server.requests) == 1


async def test_a_failure_is_remembered_for_a_minute(fetcher, server, url, clock):
    async def broken(request):
        return web.Response(status=500)

    server.answer = broken
    await refused(fetcher.json(url, limit=LIMIT))
    await refused(fetcher.json(url, limit=LIMIT))
    await refused(fetcher.json(url, limit=LIMIT, fresh=True))
    assert len(server.requests) == 1

    clock.time += 60
    await refused(fetcher.json(url, limit=LIMIT))
    assert len(server.requests) == 2


async def test_a_text_is_fetched_each_time(fetcher, server, url):
    async def text(request):
        return web.Response(text="eyJ.é", content_type="application/oauth-authz-req+jwt")

    server.answer = text

    assert await fetcher.text(url, limit=LIMIT) == "eyJ.é"
    await fetcher.text(url, limit=LIMIT)
    assert len(server.requests) == 2


async def test_a_post_sends_its_body_and_returns_the_status(fetcher, server, url):
    async def teapot(request):
        return web.Response(status=418, text="ignored" * 100)

    server.answer = teapot
    status = await fetcher.post(
        url, body=b"logout_token=x", media_type="application/x-www-form-urlencoded", headers={"X-A": "b"}
    )

    method, _, headers, body = server.requests[0]
    assert (status, method, body) == (418, "POST", b"logout_token=x")
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["X-A"] == "b"


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(text="x" * (LIMIT + 1), content_type="application/json"),
        web.Response(text='{"a":1}', content_type="text/html"),
        web.Response(text='{"a":1,"a":2}', content_type="application/json"),
        web.Response(text="[" * 40 + "]" * 40, content_type="application/json"),
        web.Response(text="not json", content_type="application/json"),
        web.Response(
            body=gzip.compress(b"{}"), content_type="application/json", headers={"Content-Encoding": "gzip"}
        ),
        web.Response(body=b"{}", content_type="application/json", headers={"Content-Encoding": "br"}),
        web.Response(text="{}", content_type="text/json"),
        web.Response(text="{}", content_type="application/xml"),
        web.Response(text="{}", status=201, content_type="application/json"),
    ],
    ids=[
        "too long",
        "html",
        "duplicate member",
        "nested",
        "no json",
        "compressed",
        "said to be compressed",
        "text",
        "xml",
        "created",
    ],
)
async def test_an_unsuitable_answer_is_refused(fetcher, server, url, answer):
    async def unsuitable(request):
        return answer

    server.answer = unsuitable

    await refused(fetcher.json(url, limit=LIMIT))


@pytest.mark.parametrize(
    "answer",
    [
        {"text": "x" * (LIMIT + 1)},
        {"text": "x", "status": 404},
        {"body": b"x", "headers": {"Content-Encoding": "gzip"}},
        {"body": b"\xff"},
    ],
    ids=["too long", "not found", "said to be compressed", "no UTF-8"],
)
async def test_an_unsuitable_text_is_refused_and_not_asked_for_again_within_a_minute(
    fetcher, server, url, answer, clock
):
    async def unsuitable(request):
        return web.Response(**answer)

    server.answer = unsuitable
    await refused(fetcher.text(url, limit=LIMIT))
    await refused(fetcher.text(url, limit=LIMIT))
    assert len(server.requests) == 1

    clock.time += 60
    await refused(fetcher.text(url, limit=LIMIT))
    assert len(server.requests) == 2


async def test_an_answer_may_be_as_long_as_the_limit_and_of_a_kind_of_json(fetcher, server, url):
    async def longest(request):
        body = '"' + "x" * (LIMIT - 2) + '"'
        return web.Response(text=body, content_type="application/jwk-set+json")

    server.answer = longest

    assert await fetcher.json(url, limit=LIMIT) == "x" * (LIMIT - 2)


async def test_an_answer_that_says_it_is_too_long_is_not_waited_for(fetcher, server, url, log):
    gate = asyncio.Event()

    async def announced(request):
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.content_length = 10 * LIMIT
        await response.prepare(request)
        await gate.wait()
        return response

    server.answer = announced
    await refused(fetcher.json(url, limit=LIMIT))
    gate.set()

    assert f"more than {LIMIT} bytes" in log.lines[0][1]["reason"]


async def test_a_server_that_sends_its_answer_drop_by_drop_is_not_heard_out(fetcher, server, url):
    async def dripping(request):
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for _ in range(7):
            await response.write(b" ")
            await asyncio.sleep(1)
        await response.write(b"{}")
        return response

    server.answer = dripping

    await refused(fetcher.json(url, limit=LIMIT))


async def test_what_is_under_way_is_given_up_when_the_server_stops(fetcher, server, url):
    gate, asked = asyncio.Event(), asyncio.Event()

    async def waiting(request):
        asked.set()
        await gate.wait()
        return web.json_response({})

    server.answer = waiting
    call = asyncio.create_task(fetcher.json(url, limit=LIMIT))
    await asked.wait()
    await fetcher.close()
    gate.set()

    with pytest.raises(asyncio.CancelledError):
        await call


async def test_a_stream_without_end_is_cut_off(fetcher, server, url):
    sent = 0

    async def stream(request):
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        while sent < 100_000_000:
            await response.write(b" " * 10_000)
            sent += 10_000
        return response

    server.answer = stream
    await refused(fetcher.json(url, limit=LIMIT))

    assert sent < 50_000_000


async def test_a_silent_server_costs_three_seconds_at_most(fetcher, server, url):
    async def silent(request):
        await asyncio.sleep(10)

    server.answer = silent
    started = asyncio.get_running_loop().time()
    await refused(fetcher.json(url, limit=LIMIT))

    assert asyncio.get_running_loop().time() - started < 4.5


async def test_strangers_slow_servers_are_no_fault_of_whoever_waits_behind_them(fetcher, server, url):
    gate = asyncio.Event()

    async def slow(request):
        if "slow" in request.path_qs:
            await gate.wait()
        return web.json_response({"keys": []})

    server.answer = slow
    crowd = [asyncio.create_task(fetcher.json(f"{url}/slow{n}", limit=LIMIT)) for n in range(64)]
    await asyncio.sleep(0.5)

    await refused(fetcher.json(f"{url}/behind", limit=LIMIT))
    gate.set()
    await asyncio.gather(*crowd, return_exceptions=True)

    assert await fetcher.json(f"{url}/behind", limit=LIMIT) == {"keys": []}


@pytest.mark.parametrize(
    "template",
    [
        "https://127.0.0.1:{port}/",
        "https://localhost:{port}/",
        "https://[::1]:{port}/",
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "https://127.1:{port}/",
        "https://2130706433:{port}/",
        "https://0x7f000001:{port}/",
        "https://0177.0.0.1:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://localhost.:{port}/",
        "https://named.test:{port}/",
    ],
)
async def test_ss_01_nothing_on_this_machine_is_called(make_fetcher, canary, template):
    names = {"localhost": "127.0.0.1", "localhost.": "127.0.0.1", "named.test": "127.0.0.1"}
    fetcher = make_fetcher(names)

    await refused(fetcher.json(template.format(port=canary.port), limit=LIMIT))
    await refused(fetcher.text(template.format(port=canary.port), limit=LIMIT))
    await refused(fetcher.post(template.format(port=canary.port), body=b"", media_type="a/b", headers={}))

    assert canary.connections == 0


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "10.0.0.1", "::1", "0.0.0.0"],
)
async def test_ss_02_metadata_services_are_blocked_behind_a_name_too(make_fetcher, log, address):
    await refused(make_fetcher({"innocent.test": address}).json("https://innocent.test/", limit=LIMIT))

    assert "is not public" in log.lines[0][1]["reason"]


async def test_ss_02_one_private_address_spoils_the_name(make_fetcher, canary, log):
    fetcher = make_fetcher({"mixed.test": ["93.184.216.34", "127.0.0.1"]})

    await refused(fetcher.json("https://mixed.test/", limit=LIMIT))

    assert "127.0.0.1 is not public" in log.lines[0][1]["reason"]


async def test_a_name_is_resolved_once_so_that_it_cannot_change_its_mind(clock, log, authority, server, url):
    asked = []

    async def rebinding(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    fetcher = GuardedFetcher(
        clock=clock,
        events=log,
        allow=(f"rp.test:{server.port}",),
        ca_file=str(authority.file),
        resolve=rebinding,
    )
    await fetcher.json(url, limit=LIMIT)

    assert asked == ["rp.test"]


async def test_ss_05_a_redirect_is_not_followed(fetcher, server, url, canary):
    async def redirect(request):
        raise web.HTTPFound(f"https://127.0.0.1:{canary.port}/")

    server.answer = redirect
    await refused(fetcher.json(url, limit=LIMIT))
    assert await fetcher.post(url, body=b"", media_type="a/b", headers={}) == 302

    assert canary.connections == 0


@pytest.mark.parametrize(
    "bad",
    [
        "file:///etc/passwd",
        "ftp://rp.test/",
        "gopher://rp.test/",
        "data:application/json,{}",
        "unix:/run/x.sock",
        "http://rp.test/",
        "//rp.test/",
        "https:///x",
        "https://",
        "",
        "https://rp.test\\@127.0.0.1/",
        "https://rp.test/ x",
        "https://rp.test/\r\nX: y",
        "https://rp.test/#f",
        "https://rp.test:99999/",
        "https://rp.test:0/",
        "https://rp..test/",
        "https://bücher.test/",
        "https://rp.test/" + "x" * 3_000,
    ],
)
async def test_ss_06_other_schemes_and_odd_urls_are_refused(make_fetcher, bad):
    await refused(make_fetcher({"rp.test": "93.184.216.34"}).json(bad, limit=LIMIT))


@pytest.mark.parametrize("who", ["user:pass@", "user@", "@", ":@"])
async def test_ss_12_user_information_is_refused(fetcher, server, who):
    await refused(fetcher.json(f"https://{who}rp.test:{server.port}/", limit=LIMIT))

    assert server.requests == []


@pytest.mark.parametrize(
    "how",
    [{"names": ("other.test",)}, {"days": -1}, {"signed": False}, {"complete": False}],
    ids=["other name", "expired", "self", "no authority key identifier"],
)
async def test_ss_13_a_certificate_must_be_good(serve, make_fetcher, how):
    server = await serve(*how.get("names", ("rp.test",)), **{k: how[k] for k in how if k != "names"})
    fetcher = make_fetcher({"rp.test": "127.0.0.1"}, allow=(f"rp.test:{server.port}",))

    await refused(fetcher.json(f"https://rp.test:{server.port}/", limit=LIMIT))

    assert server.requests == []


async def test_ss_13_our_authority_counts_only_where_it_is_configured(make_fetcher, server, url):
    fetcher = make_fetcher({"rp.test": "127.0.0.1"}, allow=(f"rp.test:{server.port}",), ca_file=None)

    await refused(fetcher.json(url, limit=LIMIT))


async def test_another_port_is_refused_unless_the_operator_lists_it(make_fetcher, log):
    await refused(make_fetcher({"rp.test": "93.184.216.34"}).json("https://rp.test:8443/", limit=LIMIT))

    (name, facts), *_ = log.lines
    assert (name, facts["level"]) == ("fetch_failed", "warning")
    assert "port 8443" in facts["reason"]


async def test_a_listed_network_may_be_called_by_any_name_and_by_address(make_fetcher, serve):
    server = await serve("rp.test", "127.0.0.1")
    fetcher = make_fetcher({"rp.test": "127.0.0.1"}, allow=("127.0.0.0/8",))

    assert await fetcher.json(f"https://rp.test:{server.port}/", limit=LIMIT)
    assert await fetcher.json(f"https://127.0.0.1:{server.port}/", limit=LIMIT)


async def test_plain_http_is_for_listed_loopback_only(make_fetcher, serve, canary):
    server = await serve()
    fetcher = make_fetcher(
        {"localhost": "127.0.0.1", "far.test": "10.1.2.3"}, allow=("127.0.0.1", "10.0.0.0/8")
    )

    assert await fetcher.json(f"http://localhost:{server.port}/", limit=LIMIT) == {"hello": "you"}
    await refused(fetcher.json("http://far.test/", limit=LIMIT))
    await refused(
        make_fetcher({}, allow=("other.test",)).json(f"http://127.0.0.1:{canary.port}/", limit=LIMIT)
    )
    assert canary.connections == 0


async def test_plain_http_to_a_listed_address_elsewhere_is_refused_before_it_is_connected(make_fetcher, log):
    await refused(make_fetcher(allow=("10.0.0.0/8",)).json("http://10.1.2.3/", limit=LIMIT))

    assert "the scheme is not https" in log.lines[0][1]["reason"]


async def test_proxies_of_the_environment_are_not_used(fetcher, url, canary, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{canary.port}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{canary.port}")

    await fetcher.json(url, limit=LIMIT)

    assert canary.connections == 0


async def test_the_log_names_the_host_and_nothing_secret(make_fetcher, log):
    await refused(make_fetcher().text("https://rp.test/r?request=SECRET", limit=LIMIT))

    (name, facts), *_ = log.lines
    assert (name, facts["host"]) == ("fetch_failed", "rp.test")
    assert "SECRET" not in repr(log.lines)


async def test_the_system_resolver_is_asked_by_default(clock, log, canary):
    fetcher = GuardedFetcher(clock=clock, events=log)

    await refused(fetcher.json("https://localhost/", limit=LIMIT))

    assert "is not public" in log.lines[0][1]["reason"]


def test_a_nonsense_exception_is_refused_at_the_start(clock, log):
    for bad in ("a b", "10.0.0.0/99", "host:port", "host:+80", "https://x"):
        with pytest.raises(ValueError):
            GuardedFetcher(clock=clock, events=log, allow=(bad,))
