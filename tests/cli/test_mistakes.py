"""What an operator gets wrong before `limen serve` serves: each is named, none with a trace."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests import services
from tests.cli.conftest import Cli

PATIENCE = 30
EC_KEY = ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")


@pytest.fixture
def place(tmp_path):
    """A folder after `limen init`, for a free port."""
    made = Cli(tmp_path)
    issuer = f"http://127.0.0.1:{services.free_port()}"
    made.ok(
        "init",
        "--dir",
        str(tmp_path),
        "--issuer",
        issuer,
        "--bind",
        issuer.removeprefix("http://"),
        "--non-interactive",
    )
    return made


def say(place, name, value):
    """Write a setting that the template mentions into limen.toml."""
    path = place.folder / "limen.toml"
    text, count = re.subn(rf"(?m)^(?:# )?{name} = [^#\n]*", f"{name} = {value} ", path.read_text())
    assert count == 1, name
    path.write_text(text)


def pem(place, name, *arguments):
    """Have openssl write a file that nobody else may read."""
    path = place.folder / name
    subprocess.run(["openssl", *arguments, "-out", path], check=True, capture_output=True)
    path.chmod(0o600)
    return path


def refused(place, *arguments):
    """Return what `limen serve` says when it does not serve, and its exit code."""
    result = place("serve", *arguments)
    assert isinstance(result.exception, SystemExit), result.exception
    assert "Limen serves" not in result.stderr
    assert result.stderr.startswith("Error: ")
    assert "\n  Next: " in result.stderr
    return result.stderr, result.exit_code


@pytest.mark.parametrize("name", ["bind", "admin_bind"])
def test_an_address_that_another_program_has_is_named(place, name):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        say(place, name, f'"{taken}"')
        told, code = refused(place)

    assert f"{taken} is taken by another program" in told
    assert code == 5


@pytest.mark.parametrize("bind", ["no.such.host.invalid:8080", "192.0.2.1:8080"])
def test_an_address_that_is_not_ours_is_named(place, bind):
    told, code = refused(place, "--bind", bind)

    assert f"{bind} cannot be listened on: " in told
    assert code == 3


@pytest.fixture
def chain(place):
    """A certificate and its key, named in limen.toml."""
    key = pem(place, "tls.key", *EC_KEY)
    pem(place, "tls.crt", "req", "-x509", "-key", str(key), "-subj", "/CN=id.example")
    say(place, "tls_certificate", '"tls.crt"')
    say(place, "tls_key", '"tls.key"')
    return key


def test_a_missing_certificate_is_named(place, chain):
    (place.folder / "tls.crt").unlink()
    assert f"{place.folder}/tls.crt cannot be read: No such file" in refused(place)[0]


def test_a_broken_key_is_named(place, chain):
    chain.write_text("-----BEGIN PRIVATE KEY-----\nbroken")
    assert f"{chain} must be a certificate and its key, in PEM" in refused(place)[0]


def test_the_key_of_another_certificate_is_named(place, chain):
    pem(place, "tls.key", *EC_KEY)
    assert f"{chain} is not the key of the certificate" in refused(place)[0]


def test_an_encrypted_key_is_refused_without_asking_for_its_pass_phrase(place, chain):
    pem(place, "tls.key", *EC_KEY, "-aes128", "-pass", "pass:secret")
    told, _ = refused(place)
    assert "the TLS key is encrypted" in told

    doctor = place("doctor")
    assert "the TLS key is encrypted" in doctor.stdout
    assert doctor.exit_code == 3


@pytest.mark.parametrize(("name", "setting"), [("tls_client_ca", "server"), ("ca_file", "outbound")])
def test_authorities_that_cannot_be_used_are_told_at_the_start(place, name, setting):
    say(place, name, '"authority.pem"')
    told, code = refused(place)
    assert f"{setting}.{name}: {place.folder}/authority.pem cannot be read" in told
    assert code == 3

    (place.folder / "authority.pem").write_text("broken")
    assert f"{setting}.{name}: {place.folder}/authority.pem" in refused(place)[0]
    assert place("doctor").exit_code == 3


def test_an_exception_for_calls_that_is_none_is_named(place):
    say(place, "allow", '["10.0.0.1/8"]')
    assert "outbound.allow: '10.0.0.1/8' is neither" in refused(place)[0]
    assert "outbound.allow" in place("doctor").stdout


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("trusted_proxies", '["0.0.0.0/0"]', "0.0.0.0/0 would believe anybody"),
        ("level", '"loud"', "log.level: must be one of"),
        ("url", '"sqlite:///nowhere/limen.db"', "the folder /nowhere does not exist"),
    ],
)
def test_a_reload_refuses_what_a_start_refuses_and_leaves_the_old_workers(place, name, value, reason):
    before = (place.folder / "limen.toml").read_text()
    log = place.folder / "log"
    command = [sys.executable, "-m", "limen.cli.__main__", "serve", "--workers", "2"]
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, env={**os.environ, "LIMEN_DATA": str(place.folder)}, stdout=out, stderr=out
        )
    try:
        url = re.search(r'issuer = "(.*)"', before)[1] + "/health/ready"
        wait(lambda: answers(url))
        workers = children(server.pid)
        wait(lambda: all(has_read_its_configuration(pid) for pid in workers))
        say(place, name, value)
        server.send_signal(signal.SIGHUP)
        wait(lambda: reason in log.read_text())

        assert answers(url)
        assert workers <= children(server.pid)
        assert "Traceback" not in log.read_text()

        (place.folder / "limen.toml").write_text(before)
        wait(lambda: not workers & children(server.pid))
    finally:
        server.terminate()
        server.wait(PATIENCE)


def wait(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def has_read_its_configuration(pid):
    """The database is opened after it."""
    return any("limen.db" in opened.path for opened in psutil.Process(int(pid)).open_files())


def children(pid):
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://limen:hunter2@db/limen",
        "postgresql://limen:hunter2/@x@db:5432/limen?sslmode=require",
        "postgresql://db:5432/limen?user=limen&password=hunter2",
    ],
)
def test_showing_the_configuration_hides_the_password_of_the_database(place, url):
    say(place, "url", f'"{url}"')
    shown = place.ok("config", "show", "-o", "json").stdout

    assert "hunter2" not in shown
    assert "(hidden)" in shown
    assert "/limen" in shown


def test_showing_the_configuration_keeps_the_address_of_a_database_without_password(place):
    say(place, "url", '"postgresql://limen@db:5432/limen"')
    assert "postgresql://limen@db:5432/limen " in place.ok("config", "show").stdout


def test_a_server_whose_tenants_have_another_issuer_warns_of_it(place):
    text = (place.folder / "limen.toml").read_text()
    issuer = re.search(r'issuer = "(.*)"', text)[1]
    say(place, "issuer", f'"{issuer[:-1]}"')  # what it was begins with what it is
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = place("serve", "--bind", f"127.0.0.1:{other.getsockname()[1]}")

    assert f"Warning: (root) has the issuer {issuer}, not below {issuer[:-1]}" in result.stderr
    assert f"(root) has the issuer {issuer}" in place("doctor").stdout


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"[1]", b"{"])
def test_a_file_of_metadata_that_cannot_be_read_is_named(place, content):
    path = place.folder / "app.json"
    if content is not None:
        path.write_bytes(content)
    result = place("app", "create", "App", "--file", str(path))

    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in {2, 7}
    assert str(path) in result.stderr


def test_an_argument_that_is_no_text_is_refused(place):
    result = place("user", "show", "\udcff")

    assert (result.exit_code, isinstance(result.exception, SystemExit)) == (2, True)


def test_a_folder_that_is_none_is_named_by_dev(tmp_path):
    (tmp_path / "file").touch()
    result = Cli(tmp_path)("dev", "--port", "0", "--data", str(tmp_path / "file"))

    assert isinstance(result.exception, SystemExit), result.exception
    assert result.stderr == f"Error: {tmp_path}/file: Not a directory\n"


@pytest.mark.parametrize("option", ["--issuer", "--bind"])
def test_init_takes_no_option_for_a_piece_of_the_file(tmp_path, option):
    given = {"--issuer": "https://id.example", "--bind": "127.0.0.1:8080"}
    given[option] += '"\nfrob = "1'
    arguments = [word for pair in given.items() for word in pair]
    result = Cli(tmp_path)("init", "--dir", str(tmp_path), "--non-interactive", *arguments)

    assert result.exit_code == 3
    assert "must be" in result.stderr
    assert "nothing was written" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_narrow_terminal_cuts_nothing_off(place):
    place.ok("user", "create", "alice", "--password-stdin", stdin="violet umbrella 42 trains\n")
    narrow = {**os.environ, "LIMEN_DATA": str(place.folder), "COLUMNS": "40", "NO_COLOR": "1"}
    program = "import pty, sys; pty.spawn(sys.argv[1:])"
    command = [sys.executable, "-c", program, sys.executable, "-m", "limen.cli.__main__", "user", "list"]
    shown = subprocess.run(command, env=narrow, check=True, capture_output=True, text=True).stdout

    assert "…" not in shown
    assert "alice" in shown


def test_a_password_from_a_closed_standard_input_is_a_line_not_a_trace(place):
    command = [sys.executable, "-m", "limen.cli", "user", "create", "ann", "--password-stdin"]
    script = 'exec "$@" <&-'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *command],
        cwd=place.folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "standard input is closed" in done.stderr
    assert "Traceback" not in done.stderr
