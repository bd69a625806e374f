"""Servers and a browser for tests: each throw-away, on loopback, stopped when the session ends.

One PostgreSQL cluster serves a whole test session, all xdist workers included: the worker that first asks for
it starts it, under a file lock. A reaper process ends it even when the session is killed.
"""

import contextlib
import fcntl
import itertools
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

FOLDER = "LIMEN_TEST_SERVICES"
_OWNER = f"{FOLDER}_OWNER"
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
_database_numbers = itertools.count(1)


def program(*names):
    """Find a program by any of its names: in .venv, in PATH, or where Debian keeps what only root calls."""
    folders = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin", "/sbin"])
    for name in names:
        if found := shutil.which(name, path=folders):
            return found
    missing = f"{names[0]} is not installed; make test-setup installs it"
    raise FileNotFoundError(missing)


def free_port():
    """A port nobody listens on. Another process may take it before you do: be ready to ask again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, seconds=30):
    """Return True once somebody listens on the port, False if the process ends first."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.02)
    return False


@contextlib.contextmanager
def server(arguments_for_port, attempts=3, **options):
    """Run the server that `arguments_for_port(port)` describes; give its port and its process."""
    for _ in range(attempts):
        port = free_port()
        process = subprocess.Popen(arguments_for_port(port), **options)
        try:
            if wait_for_port(port, process):
                yield port, process
                return
        finally:
            stop(process)
    message = f"could not start {arguments_for_port(0)}"
    raise RuntimeError(message)


def stop(process, seconds=10):
    """End a child process: politely, then not."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# --- one folder for the session ---


def open_session():
    """Make the folder the session's workers share. Called once, by the process that owns the session."""
    root = (
        "/tmp" if os.geteuid() == 0 and Path("/tmp").is_dir() else None
    )  # the postgres user has to get there
    folder = Path(tempfile.mkdtemp(prefix="limen-tests-", dir=root))
    folder.chmod(0o755)
    os.environ[FOLDER] = str(folder)
    os.environ[_OWNER] = str(os.getpid())
    return folder


def close_session(folder):
    """Stop what runs in the folder, and remove it. May be called twice, by two processes."""
    state = Path(folder) / "postgres.json"
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(json.loads(state.read_text())["pid"], signal.SIGINT)  # a fast shutdown
    _wait_until_gone(Path(folder) / "postgres" / "postmaster.pid")
    shutil.rmtree(folder, ignore_errors=True)


def _wait_until_gone(path, seconds=10):
    deadline = time.monotonic() + seconds
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def _reap(owner, folder):
    """Wait for the session's owner to end, then clean up after it. Runs in a process of its own."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while _alive(owner) and Path(folder).exists():
        time.sleep(0.5)
    close_session(folder)


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# --- PostgreSQL ---


class Postgres:
    """A running cluster in which databases can be made."""

    def __init__(self, port, password, psql):
        self.port = port
        self.password = password
        self.psql = psql

    def url(self, name):
        return f"postgresql://limen:{self.password}@127.0.0.1:{self.port}/{name}"

    def create_database(self):
        """Make an empty database and return its URL."""
        name = f"limen_{os.getpid()}_{next(_database_numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)

    def drop_database(self, url):
        self._run(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        url = self.create_database()
        try:
            yield url
        finally:
            self.drop_database(url)

    def _run(self, statement):
        subprocess.run(
            [self.psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url("postgres"), "-c", statement],
            check=True,
            env=os.environ | {"PGOPTIONS": "-c client_min_messages=warning"},
        )


def postgres():
    """Give the session's cluster, started if nobody has asked for it before."""
    folder = Path(os.environ[FOLDER])
    state = folder / "postgres.json"
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not state.exists():
            state.write_text(json.dumps(_start_postgres(folder)))
    known = json.loads(state.read_text())
    return Postgres(known["port"], known["password"], _postgres_program("psql"))


def _start_postgres(folder, attempts=3):
    user = _unprivileged()
    password = os.urandom(12).hex()
    data = folder / "postgres"
    data.mkdir(mode=0o700)
    secret = folder / "password"
    secret.touch(0o600)
    secret.write_text(password)
    if user:
        for path in (data, secret):
            os.chown(path, user.pw_uid, user.pw_gid)
    initdb = [_postgres_program("initdb"), "-D", data, "-U", "limen", f"--pwfile={secret}", "--no-sync"]
    _quiet([*initdb, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C"], user)
    for _ in range(attempts):
        port = free_port()
        process = _launch(_postgres_arguments(data, port), user, folder / "postgres.log")
        if wait_for_port(port, process) and _accepts(port):
            _start_reaper(folder)
            _let_go(process)
            return {"port": port, "pid": process.pid, "password": password}
        stop(process)
    raise RuntimeError((folder / "postgres.log").read_text())


def _accepts(port, seconds=30):
    """Return True once the cluster takes connections: it listens before it has started up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not subprocess.run(
            [_postgres_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)], check=False
        ).returncode:
            return True
        time.sleep(0.05)
    return False


def _postgres_arguments(data, port):
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "300",
        "fsync": "off",  # a throw-away cluster need not survive a power cut
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }
    flags = itertools.chain.from_iterable(("-c", f"{name}={value}") for name, value in settings.items())
    return [_postgres_program("postgres"), "-D", str(data), "-p", str(port), *flags]


def _postgres_program(name):
    """Debian keeps the server's programs out of PATH, a folder for each version."""
    newest_first = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parts[-2]), reverse=True
    )
    for folder in newest_first:
        if (folder / "initdb").exists() and (folder / name).exists():
            return str(folder / name)
    return program(name)


def _unprivileged():
    """PostgreSQL refuses to run as root; Debian's package makes a user for it."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    message = "PostgreSQL does not run as root, and there is neither a postgres user nor nobody"
    raise RuntimeError(message)


def _as(user):
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _quiet(command, user):
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **_as(user))
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)


def _launch(command, user, log):
    with log.open("ab") as output:
        return subprocess.Popen(
            command, stdout=output, stderr=output, cwd="/", start_new_session=True, **_as(user)
        )


def _let_go(process):
    """Leave a child running: another process will end it, and Python need not warn of it."""
    process.returncode = 0


def _start_reaper(folder):
    owner = os.environ[_OWNER]
    reaper = subprocess.Popen(
        [sys.executable, __file__, owner, str(folder)],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _let_go(reaper)


# --- Redis ---


@contextlib.contextmanager
def redis_server():
    """Run a Redis that keeps nothing on disk; give its URL."""
    with tempfile.TemporaryDirectory(prefix="limen-redis-") as folder:

        def arguments(port):
            options = {"port": port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": folder}
            return [
                program("redis-server", "valkey-server"),
                *itertools.chain.from_iterable((f"--{name}", str(value)) for name, value in options.items()),
            ]

        with server(arguments, stdout=subprocess.DEVNULL) as (port, _):
            yield f"redis://127.0.0.1:{port}/0"


# --- Chromium ---


def chromium_options():
    """How to launch the distribution's Chromium: `playwright.chromium.launch(**chromium_options())`."""
    return {
        "executable_path": program("chromium", "chromium-browser", "google-chrome"),
        "args": list(CHROMIUM_ARGUMENTS),
    }


if __name__ == "__main__":
    _reap(int(sys.argv[1]), sys.argv[2])
