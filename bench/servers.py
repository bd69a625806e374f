"""Start a server pinned to one core and count the CPU seconds and memory it takes."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

SERVER_CORE, LOAD_CORE = "0", "1"


class Server:
    """A server process with its children; `extra` are processes that work for it, a database say."""

    def __init__(self, command, ready, *, env=None, cwd=None, log, extra=()):
        self.log = Path(log).open("wb")  # noqa: SIM115 -- closed by stop()
        begun = time.perf_counter()
        self.process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, *command],
            env={**os.environ, **(env or {})},
            cwd=cwd,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.extra = list(extra)
        try:
            wait_for(ready, self.process)
        except BaseException:
            self.stop()
            print(Path(log).read_text()[-2000:], file=sys.stderr)
            raise
        self.start_seconds = time.perf_counter() - begun

    def processes(self):
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.process.pid)
            return [process, *process.children(recursive=True)]
        return []

    def cpu(self):
        """Return the CPU seconds taken so far."""
        total = 0.0
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def memory(self):
        """Return the proportional set size in MiB."""
        total = 0
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                total += process.memory_full_info().pss
        return total / 2**20

    def stop(self):
        processes = self.processes()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        _, alive = psutil.wait_procs(processes, 10)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def wait_for(url, process, *, patience=60):
    """Wait until `url` answers without a server error."""
    end = time.perf_counter() + patience
    while time.perf_counter() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped with status {process.returncode} before it was ready")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return
        except OSError:
            pass
        time.sleep(0.01)
    raise TimeoutError(url)
