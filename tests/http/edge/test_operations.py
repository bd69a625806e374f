"""Health and metrics."""

import asyncio

from limen.http import health
from limen.http.broadcast import Broadcast
from limen.http.health import Health, Operations
from limen.http.metrics import Metrics
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


async def test_metrics_wait_for_a_worker_whose_file_is_empty_yet(monkeypatch, tmp_path):
    metrics = Metrics()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    coming = tmp_path / "counter_1.db"
    coming.touch()
    asyncio.get_running_loop().call_later(0.08, coming.unlink)

    assert (await operations(well, metrics).get("/metrics")).status == 200
