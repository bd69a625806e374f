"""Whatever is killed whenever: what was acknowledged holds. And signals, reloads and wrong keys."""

import base64
import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from urllib.parse import urlencode, urlsplit

import psutil

from tests.processes.conftest import FORM, WORKERS, Browser, Line, Lines, basic, served
from tests.processes.test_workers import assertion
from tests.world import PASSWORD, SECRET


class Load:
    """People who sign in and applications that redeem and refresh, for as long as the block lasts."""

    def __init__(self, live, hands=4):
        self.live = live
        self.browsers = [Browser(live) for _ in range(hands)]
        self.ended = threading.Event()
        # Only what was answered with 200 was acknowledged; the others may hold or not.
        self.redeemed, self.renewed, self.revoked, self.unsure = [], [], [], []

    def __enter__(self):
        self.threads = [threading.Thread(target=self.work, args=[b]) for b in self.browsers]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def work(self, browser):
        while not self.ended.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException, KeyError, AssertionError):
                self.once(browser)

    def once(self, browser):
        code = browser.code("graceful")
        with contextlib.closing(Line(self.live.base)) as line:
            status, tokens = line.redeem(code, "graceful")
            if status != 200:
                return
            self.redeemed.append((code, tokens["access_token"]))
            status, next_ = line.refresh(tokens["refresh_token"], "graceful")
            if status == 200:
                self.renewed.append((tokens["refresh_token"], next_["refresh_token"]))
            if len(self.redeemed) % 3 == 0:
                self.unsure.append(tokens["access_token"])
                status, _ = line.post(
                    "/oauth2/revoke", {"token": tokens["access_token"]}, **basic("graceful")
                )
                if status == 200:
                    self.revoked.append(tokens["access_token"])
                    self.unsure.remove(tokens["access_token"])

    def wait_for(self, many, patience=20):
        end = time.monotonic() + patience
        while len(self.redeemed) < many:
            assert time.monotonic() < end, len(self.redeemed)
            time.sleep(0.02)

    def assert_nothing_lost(self):
        time.sleep(1)  # what one worker revoked the others know a second later
        with contextlib.closing(Line(self.live.base)) as line:
            revoked = set(self.revoked)
            assert revoked, "no revocation was acknowledged, so none was judged"
            for _, token in self.redeemed:
                if token not in self.unsure:
                    assert line.is_active(token) == (token not in revoked)
            for _, successor in self.renewed:
                status, told = line.refresh(successor, "graceful")
                assert (status, told["refresh_token"] != successor) == (200, True)
            for code, _ in self.redeemed:
                assert line.redeem(code, "graceful")[1]["error"] == "invalid_grant"


def until(question, patience=20):
    end = time.monotonic() + patience
    while not question():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_killed_worker_is_replaced_and_loses_nothing(database, tmp_path):
    with served(tmp_path, database) as live, Load(live) as load:
        for round_ in (1, 2):
            load.wait_for(15 * round_)
            before = {worker.pid for worker in live.workers()}
            os.kill(min(before), signal.SIGKILL)
            until(lambda: len(live.workers()) == WORKERS and {w.pid for w in live.workers()} != before)  # noqa: B023
        load.wait_for(len(load.redeemed) + 10)
        load.end()

        load.assert_nothing_lost()


def test_a_server_killed_under_load_loses_nothing(database, tmp_path):
    with served(tmp_path, database) as live:
        form = assertion(live, "before-the-kill")
        with contextlib.closing(Line(live.base)) as line:
            assert line.post("/oauth2/token", form)[0] == 200
        with Load(live) as load:
            load.wait_for(25)
            live.kill()
        live.start()

        load.assert_nothing_lost()
        # CA-07: a client assertion was used, restart or not.
        with contextlib.closing(Line(live.base)) as line:
            assert line.post("/oauth2/token", form)[1]["error"] == "invalid_client"
        assert "code" in load.browsers[0].answer()  # people are still signed in


def test_workers_do_not_outlive_their_supervisor(tmp_path):
    with served(tmp_path, f"sqlite://{tmp_path}/limen.db") as live:
        workers = live.workers()

        live.process.kill()
        live.process.wait()

        gone, alive = psutil.wait_procs(workers, 10)
        for worker in alive:
            worker.kill()
        assert (len(gone), alive) == (WORKERS, [])
        live.start()


def test_sigterm_finishes_what_is_under_way(database, tmp_path):
    with served(tmp_path, database) as live:
        lines = Lines(live)
        form = urlencode({"grant_type": "client_credentials"}).encode()
        for line in lines:
            line.connection.putrequest("POST", "/oauth2/token", skip_host=True)
            headers = {**line.host, **FORM, **basic(), "content-length": str(len(form))}
            for name, value in headers.items():
                line.connection.putheader(name, value)
            line.connection.endheaders(form[:5])
        time.sleep(0.3)

        live.process.terminate()
        time.sleep(0.5)
        for line in lines:
            line.connection.send(form[5:])

        answers = [line.connection.getresponse() for line in lines]
        assert [answer.status for answer in answers] == [200] * WORKERS
        assert all(b"access_token" in answer.read() for answer in answers)
        assert live.process.wait(20) == 0
        lines.close()


def test_sighup_reads_the_configuration_afresh_and_refuses_nobody(tmp_path):
    with served(tmp_path, f"sqlite://{tmp_path}/limen.db") as live:
        before, refused, ended = live.workers(), [], threading.Event()

        def ask():
            while not ended.is_set():
                try:
                    with contextlib.closing(Line(live.base)) as line:
                        status, _ = line.post(
                            "/oauth2/token", {"grant_type": "client_credentials"}, **basic()
                        )
                        if status != 200:
                            refused.append(status)
                except (OSError, http.client.HTTPException) as fault:
                    refused.append(repr(fault))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        live.config.write_text(f'{live.config.read_text()}[log]\nlevel = "warning"\n')
        live.process.send_signal(signal.SIGHUP)
        psutil.wait_procs(before, 20)
        until(lambda: len(live.workers()) == WORKERS)
        time.sleep(0.3)
        ended.set()
        for thread in threads:
            thread.join()

        assert refused == []
        assert not {worker.pid for worker in before} & {worker.pid for worker in live.workers()}
        told = live.log.stat().st_size
        with contextlib.closing(Line(live.base)) as line:
            line.get("/.well-known/openid-configuration")
        time.sleep(0.3)
        assert live.log.stat().st_size == told  # requests are no warnings


def test_km_05_a_wrong_master_key_does_not_start(database, tmp_path):
    with served(tmp_path, database) as live:
        with contextlib.closing(Line(live.base)) as line:
            kid = line.get("/oauth2/jwks")[1]["keys"][0]["kid"]
        live.process.terminate()
        live.process.wait()
        key = tmp_path / "master.key"
        right = key.read_text()
        for wrong in (base64.b64encode(os.urandom(32)).decode(), "nonsense", None):
            if wrong is None:
                key.unlink()
            else:
                key.write_text(wrong)

            done = subprocess.run(
                [sys.executable, "-m", "limen.cli", "serve", "--config", str(live.config)],
                capture_output=True,
                text=True,
                check=False,
                timeout=30,
            )

            assert done.returncode not in {0, 1}
            assert "master key" in done.stderr
            assert "Traceback" not in done.stderr
            assert not any(word in done.stdout + done.stderr for word in (right, PASSWORD, SECRET))
        # Nothing was made new: with the right key everything is as it was.
        key.touch(mode=0o600)
        key.write_text(right)
        live.start()
        with contextlib.closing(Line(live.base)) as line:
            assert line.get("/oauth2/jwks")[1]["keys"][0]["kid"] == kid


def test_lk_04_a_fault_is_told_by_its_reference_alone(tmp_path):
    import apsw

    with served(tmp_path, f"sqlite://{tmp_path}/limen.db") as live:
        browser = Browser(live)
        code = browser.code()
        database = apsw.Connection(f"{tmp_path}/limen.db")
        database.execute("ALTER TABLE grants RENAME TO hidden")
        database.close()

        port = urlsplit(live.base).port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        headers = {"host": urlsplit(live.base).netloc, **FORM, **basic()}
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1:9/cb"}
        connection.request("POST", "/oauth2/token", urlencode({**form, "code_verifier": "p" * 43}), headers)
        answer = connection.getresponse()
        told = answer.read().decode()
        connection.close()

        assert answer.status in {500, 503}
        assert "grants" not in told
        assert "Traceback" not in told
        written = live.logged(answer.headers["limen-reference"])
        assert code not in written
        assert code[10:50] not in written


def test_what_libraries_log_is_a_line_like_any_other(tmp_path):
    import apsw

    with served(tmp_path, f"sqlite://{tmp_path}/limen.db") as live:
        Lines(live).close()  # no worker is still about to read the feed for the first time
        database = apsw.Connection(f"{tmp_path}/limen.db")
        database.execute("ALTER TABLE feed_head RENAME TO hidden")
        written = live.logged('"logger":"limen.storage"')
        database.execute("ALTER TABLE hidden RENAME TO feed_head")
        database.close()

        first = next(line for line in written.splitlines() if "limen.storage" in line)
        assert "no such table: feed_head" in json.loads(first)["message"]
        assert "Traceback" not in written
