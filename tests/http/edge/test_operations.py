"""Health and metrics."""

import asyncio

import pytest
from prometheus_client import Histogram
from prometheus_client.parser import text_string_to_metric_families

from limen.http import health
from limen.http import metrics as metrics_module
from limen.http.application import Exchange
from limen.http.broadcast import Broadcast
from limen.http.health import Health, Operations
from limen.http.metrics import Metrics
from limen.http.response import Response
from tests.http.asgi_client import AsgiClient
from tests.http.edge.small import application


async def well():
    pass


async def ill():
    raise OSError("no disk")


async def stuck():
    await asyncio.sleep(60)


def operations(check, metrics=None):
    return AsgiClient(Operations(Health(check).routes(metrics)), "http://10.1.2.3:9000")


async def test_a_live_and_ready_server_says_so():
    client = operations(well)

    assert (await client.get("/health/live")).json() == {"status": "live"}
    assert (await client.get("/health/ready")).json() == {"status": "ready"}


async def test_a_server_without_its_store_is_live_and_not_ready():
    client = operations(ill)

    assert (await client.get("/health/live")).status == 200
    reply = await client.get("/health/ready")
    assert (reply.status, "disk" in reply.text) == (503, False)


async def test_a_stuck_store_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(health, "PATIENCE", 0.01)

    assert (await operations(stuck).get("/health/ready")).status == 503


async def test_the_operations_listener_serves_nothing_else():
    client = operations(well)

    assert (await client.get("/oauth2/token")).status == 404
    assert (await client.post("/health/live")).status == 404
    assert (await client.get("/metrics")).status == 404


async def test_metrics_count_requests_refusals_and_tokens():
    metrics = Metrics(grant_types=("client_credentials",))
    client = AsgiClient(application(witnesses=(metrics,)))
    for path in ("/register/one", "/register/two", "/refuse/client", "/nowhere/at/all", "/%00"):
        await client.get(path)
    Broadcast((metrics,)).emit("token.issued", grant_type="client_credentials")
    Broadcast((metrics,)).emit("token.issued", grant_type="made up by somebody")

    text = (await operations(well, metrics).get("/metrics")).text

    assert 'limen_requests_total{route="/register/{client_id}",status="2xx"} 2.0' in text
    assert 'limen_requests_total{route="none",status="4xx"} 2.0' in text
    assert 'limen_request_seconds_count{route="/register/{client_id}"} 2.0' in text
    assert 'limen_refusals_total{error="invalid_client"} 1.0' in text
    assert 'limen_tokens_total{grant_type="client_credentials"} 1.0' in text
    assert 'limen_tokens_total{grant_type="other"} 1.0' in text
    assert "made up" not in text
    assert "nowhere" not in text


def samples(family):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


async def test_each_request_is_shown_once_and_in_the_bucket_of_its_time():
    metrics = Metrics()
    theirs = Histogram(
        "limen_request_seconds", "-", ("route",), buckets=metrics_module._SECONDS, registry=None
    )
    exchange, response = Exchange("LMN-0000-0000"), Response(headers=[])
    took = (0.0, 0.0004, 0.0005, 0.00051, 0.03, 2.5, 9.9, 10.0, 11.0, 500.0)

    for seconds in (*took, *took[:4]):
        metrics.answered(exchange, response, seconds)
        theirs.labels("none").observe(seconds)
        shown = (await operations(well, metrics).get("/metrics")).text

    families = text_string_to_metric_families(shown)
    told = next(samples(family) for family in families if family.name == "limen_request_seconds")
    assert told == pytest.approx(samples(*theirs.collect()))
    assert 'limen_requests_total{route="none",status="2xx"} 14.0' in shown


async def test_metrics_wait_for_a_worker_whose_file_is_empty_yet(monkeypatch, tmp_path):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    metrics = Metrics()
    coming = tmp_path / "counter_1.db"
    coming.touch()
    asyncio.get_running_loop().call_later(0.08, coming.unlink)

    assert (await operations(well, metrics).get("/metrics")).status == 200
