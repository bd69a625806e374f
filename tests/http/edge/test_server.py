"""The server as a whole: workers, signals, both listeners."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

ROOT = pathlib.Path(__file__).parents[3]


def free_port():
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as found:
        return found.getsockname()[1]


class Running:
    """A server in a process of its own."""

    def __init__(self, workers, folder):
        self.port, self.operations = free_port(), free_port()
        self.fuse = folder / "broken"
        command = [sys.executable, "-m", "tests.http.edge.serve_small"]
        arguments = [str(self.port), str(self.operations), str(workers), str(self.fuse)]
        self.process = subprocess.Popen(
            [*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def get(self, path="/health/live", port=None):
        with urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}{path}", timeout=5) as reply:
            return reply.read().decode()

    def until(self, condition, patience=15):
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if condition():
                    return
            time.sleep(0.05)
        raise AssertionError("it did not come to pass")

    def children(self):
        return {child.pid for child in psutil.Process(self.process.pid).children()}

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@pytest.fixture
def run(tmp_path):
    started = []

    def start(workers):
        started.append(Running(workers, tmp_path))
        started[-1].until(started[-1].get)
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_process_serves_stops_and_writes_its_log(run, number):
    server = run(1)
    server.get("/register/abc")
    assert json.loads(server.get("/health/ready", server.operations)) == {"status": "ready"}

    status, out, err = server.stop(number)

    assert (status, err) == (0, b"")
    assert "/register/{client_id}" in {json.loads(line).get("route") for line in out.splitlines()}


def test_workers_share_their_metrics_and_stop_together(run):
    server = run(2)
    server.until(lambda: len(server.children()) == 2)
    for _ in range(20):
        server.get("/register/abc")
    text = server.get("/metrics", server.operations)

    status, out, err = server.stop()

    assert 'limen_requests_total{route="/register/{client_id}",status="2xx"} 20.0' in text
    assert (status, err) == (0, b"")
    assert sum(json.loads(line).get("route") == "/register/{client_id}" for line in out.splitlines()) == 20


def test_what_a_worker_counted_stays_when_it_leaves(run):
    server = run(2)
    server.until(lambda: len(server.children()) == 2)
    before = server.children()
    for _ in range(20):
        server.get("/register/abc")
    server.process.send_signal(signal.SIGHUP)

    server.until(lambda: len(server.children()) == 2 and not server.children() & before)
    text = server.get("/metrics", server.operations)

    assert 'limen_requests_total{route="/register/{client_id}",status="2xx"} 20.0' in text
    assert 'limen_request_seconds_count{route="/register/{client_id}"} 20.0' in text


def test_a_worker_that_dies_is_replaced(run):
    server = run(2)
    before = server.children()
    os.kill(min(before), signal.SIGKILL)

    server.until(lambda: len(server.children()) == 2 and server.children() != before)
    server.until(server.get)


def test_reloading_replaces_every_worker_without_refusing_anybody(run):
    server = run(2)
    before = server.children()
    server.process.send_signal(signal.SIGHUP)

    deadline = time.monotonic() + 15
    while server.children() & before and time.monotonic() < deadline:
        server.get()

    assert not server.children() & before
    assert len(server.children()) == 2


def test_a_broken_configuration_leaves_the_old_workers_serving(run):
    server = run(2)
    before = server.children()
    server.fuse.touch()
    server.process.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert server.get()
    assert before <= server.children()

    server.fuse.unlink()
    server.until(lambda: not server.children() & before)
    assert server.get()


def test_a_server_that_cannot_start_says_so(tmp_path):
    (tmp_path / "broken").touch()
    server = Running(2, tmp_path)
    _, err = server.process.communicate(timeout=20)

    assert server.process.returncode == 3
    assert b"the configuration is broken" in err


def test_requests_under_way_are_finished(run):
    server = run(1)
    with socket.create_connection(("127.0.0.1", server.port)) as peer:
        head = f"POST /oauth2/token HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 3\r\n"
        peer.sendall(head.encode() + b"Content-Type: application/x-www-form-urlencoded\r\n\r\na=")
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        peer.sendall(b"1")
        received = peer.recv(65536)

    assert received.startswith(b"HTTP/1.1 200")
    server.process.communicate(timeout=20)
    assert server.process.returncode == 0


def test_a_worker_that_fails_tells_why_without_secrets():
    secret = "lm_rt_" + "A1b2C3d4" * 6
    program = (
        "from limen.http.workers import Workers\n"
        f"def work(ready): raise RuntimeError('it broke at {secret}')\n"
        "raise SystemExit(Workers(work, 1).run())"
    )

    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)

    assert done.returncode != 0
    assert "RuntimeError: it broke at lm_rt_[redacted]" in done.stderr
    assert secret[6:] not in done.stderr


FORKING = """
import os, signal, sys
from limen.http.workers import Workers

fork, left = os.fork, {left}

def scarce():
    global left
    if left == 0:
        raise BlockingIOError(11, "Resource temporarily unavailable")
    left -= 1
    return fork()

def work(ready):
    ready()
    signal.sigwait({{signal.SIGTERM}})

os.fork = scarce
raise SystemExit(Workers(work, 2).run())
"""


def test_a_worker_that_cannot_be_started_ends_nobody_who_serves():
    with subprocess.Popen([sys.executable, "-c", FORKING.format(left=1)], stderr=subprocess.PIPE) as server:
        told = [server.stderr.readline() for _ in range(2)]
        serving = psutil.Process(server.pid).children()
        server.terminate()

    assert told == [b"a worker cannot be started: Resource temporarily unavailable\n"] * 2
    assert len(serving) == 1


def test_a_server_that_can_start_no_worker_at_all_ends():
    command = [sys.executable, "-c", FORKING.format(left=0)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)

    assert done.returncode == 3
    assert done.stderr == "a worker cannot be started: Resource temporarily unavailable\n"
