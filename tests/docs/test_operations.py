"""The page for operators, done as it is written: one installation from its set-up to its last stop.

Only this differs from what a reader does: folders, address and port are the test's own, `systemctl` does what
the page's unit says, and where a comment says what to write into limen.toml, it is written.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
import requests

from limen.cli.__main__ import main
from limen.config import read_config
from limen.outbound.gate import Blocked, make_gate
from tests import services
from tests.cli.conftest import Cli

GUIDE = Path(__file__).parents[2] / "docs/guide"
PAGE = (GUIDE / "operations.md").read_text()
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
EDIT = re.compile(r"# (?:\d\. )?limen\.toml: (?P<name>\w+) = (?P<value>[^;]+)(?P<restart>; then restart.*)?$")
AT_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
PATIENCE = 30


def fences(language):
    return [found["text"] for found in FENCE.finditer(PAGE) if found["language"] == language]


def fence(holding, language="sh"):
    """Return the lines of the one fence that has these words in it."""
    (found,) = [text for text in fences(language) if holding in text]
    return found.splitlines()


class Machine:
    """What the page calls /etc/limen, /var/backups, https://id.example.com and systemd."""

    def __init__(self, folder, database=""):
        self.folder, self.database, self.cwd = folder, database, folder
        self.bind = f"127.0.0.1:{services.free_port()}"
        self.base = f"http://{self.bind}"
        self.log = folder / "log"
        (folder / "var").mkdir()
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "LIMEN_SERVER__WORKERS": "2"}
        self.process, self.said = None, {}

    def here(self, text):
        for written, own in (
            ("https://id.example.com", self.base),
            ("/etc/limen", f"{self.folder}/etc"),
            ("/var/backups", f"{self.folder}/var"),
            ("/usr/local/bin/limen", "limen"),
        ):
            text = text.replace(written, own)
        return text

    def follow(self, lines):
        """Do what each line says."""
        for line in lines:
            self.do(self.here(line))

    def do(self, line):
        words = shlex.split(line, comments=True)
        if edit := EDIT.match(line):
            self.edit(edit["name"], edit["value"])
            if edit["restart"]:
                self.systemctl("restart")
        elif not words:
            raise AssertionError(f"nobody knows what to do: {line}")
        elif words[0] == "cd":
            self.cwd = Path(words[1])
        elif words[0] == "export":
            name, _, value = words[1].partition("=")
            self.environment[name] = value
        elif words[0] == "systemctl":
            assert words[2] == "limen"
            self.systemctl(words[1])
        elif words[:2] == ["limen", "serve"]:
            self.start(words)
        else:
            self.run(line)

    def run(self, line):
        command, answer = ["bash", "-euc", line], ""
        if line.startswith("limen init"):
            answer = f"{self.base}\n{self.database}\n{self.bind}\n"
        if line.startswith("limen db restore"):
            command, answer = [sys.executable, "-c", AT_A_TERMINAL, *command], "y\n"
        done = subprocess.run(
            command,
            cwd=self.cwd,
            env=self.environment,
            input=answer,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        self.said[shlex.join(shlex.split(line, comments=True))] = done.stdout + done.stderr

    def edit(self, name, value):
        path = self.folder / "etc/limen.toml"
        text, count = re.subn(rf"(?m)^(?:# )?{name} = [^#\n]*", f"{name} = {value} ", path.read_text())
        assert count == 1, name
        path.write_text(text)

    def systemctl(self, act):
        unit = dict(line.split("=", 1) for line in fence("ExecStart", "ini")[1:])
        if act in {"stop", "restart"}:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(PATIENCE) == 0, self.log.read_text()
        if act in {"start", "restart"}:
            self.start(shlex.split(self.here(unit["ExecStart"])))
        if act == "reload":
            before = self.workers()
            self.run(unit["ExecReload"].replace("$MAINPID", str(self.process.pid)))
            self.wait(lambda: len(self.workers()) == 2 and not self.workers() & before)

    def start(self, words):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(words, cwd=self.cwd, env=self.environment, stdout=log, stderr=log)
        self.wait(self.answers)

    def wait(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)

    def answers(self):
        try:
            return requests.get(f"{self.base}/health/ready", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    def workers(self):
        """Return the server's own processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return set(map(int, children.split()))

    def people(self):
        done = subprocess.run(
            ["limen", "user", "list", "-o", "id"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    def stop(self):
        if self.process is not None:
            services.stop(self.process)


def set_it_up(machine):
    machine.follow(fence("limen init"))
    machine.follow(fence("limen admin setup-link"))

    link = machine.said["limen admin setup-link"].split()[0]
    assert link.startswith(f"{machine.base}/setup/")
    assert requests.get(link, timeout=10).status_code == 200
    discovery = requests.get(f"{machine.base}/.well-known/openid-configuration", timeout=10).json()
    assert discovery["issuer"] == machine.base
    assert re.search(r"server.workers +2 +environment", machine.said["limen config show"])
    assert "discovery names the issuer" in machine.said["limen doctor"]
    for file in (machine.folder / "etc").iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


def replace_its_master_key(machine):
    machine.follow(fence("limen key rewrap"))

    machine.run("limen doctor")
    assert machine.answers()
    assert "older_master_key_files = []" in (machine.folder / "etc/limen.toml").read_text()


def back_it_up_and_go_back(machine):
    machine.run("limen user create early --no-password")
    machine.follow(fence("limen db check"))
    machine.run("limen user create late --no-password")
    stop, restore, start = fence("systemctl start limen")
    with pytest.raises(AssertionError, match="stop the servers first"):
        machine.follow([restore])
    assert len(machine.people()) == 2

    machine.follow([stop, restore, start])

    assert len(machine.people()) == 1
    assert (machine.folder / "etc/limen.db.before").exists()
    assert (machine.folder / "var/limen.db.manifest.json").exists()


def upgrade_it(machine):
    machine.follow(fence("limen db upgrade"))

    assert "up to date" in machine.said["limen db upgrade"]
    assert machine.answers()


def watch_it(machine):
    machine.follow(fence("/health/ready"))

    (metrics,) = (said for line, said in machine.said.items() if line.endswith("/metrics"))
    assert "# TYPE limen_" in metrics
    refused = requests.get(f"{machine.base}/oauth2/authorize?client_id=nobody", timeout=10)
    reference = refused.headers["limen-reference"]
    assert reference in refused.text
    machine.wait(lambda: reference in machine.log.read_text())
    lines = [line for line in machine.log.read_text().splitlines() if reference in line]
    assert any("client_id" in str(json.loads(line)) for line in lines)


def reload_and_stop_it(machine):
    machine.edit("level", '"error"')
    reload, stop = fence("systemctl reload limen")
    machine.follow([reload])
    length = machine.log.stat().st_size
    assert requests.get(machine.base, timeout=10).status_code == 200

    machine.follow([stop])

    assert machine.log.stat().st_size == length, machine.log.read_bytes()[length:]


def test_one_installation_from_its_set_up_to_its_last_stop(tmp_path):
    machine = Machine(tmp_path)
    try:
        for step in (
            set_it_up,
            replace_its_master_key,
            back_it_up_and_go_back,
            upgrade_it,
            watch_it,
            reload_and_stop_it,
        ):
            step(machine)
    finally:
        machine.stop()


def test_a_postgresql_database_is_backed_up_and_goes_back_into_an_empty_one(postgres, tmp_path):
    with postgres.database() as url:
        machine = Machine(tmp_path, url)
        parts = urlsplit(url)
        machine.environment |= {
            "PGHOST": parts.hostname, "PGPORT": str(parts.port), "PGUSER": parts.username,
            "PGPASSWORD": parts.password, "LIMEN_CONFIG": f"{tmp_path}/etc/limen.toml",
        }  # fmt: skip
        machine.follow(fence("limen init")[:1])
        machine.run("limen user create early --no-password")
        new = f"{url.rpartition('/')[0]}/limen_restored"

        try:
            for line in fence("createdb"):
                machine.follow([line.replace("postgresql://limen@db/limen_restored", new)])
            assert f'url = "{new}"' in (tmp_path / "etc/limen.toml").read_text()
            assert len(machine.people()) == 1
        finally:
            postgres.drop_database(new)


def test_every_fence_of_the_page_is_done_above():
    done = Path(__file__).read_text()
    keys = re.findall(r'\bfence\("([^"]+)"\)', done)

    assert sorted(text for text in fences("sh") if not any(key in text for key in keys)) == []


def test_the_calls_the_page_allows_are_allowed(tmp_path):
    written = "\n".join(fence("[outbound]", "toml"))
    (tmp_path / "limen.toml").write_text(f'issuer = "https://id.example.com"\n{written}\n')

    outbound = read_config(tmp_path / "limen.toml", environ={}).outbound

    gate = make_gate(outbound.allow)
    named, other = (gate.target(f"https://{name}.corp.example/jwks") for name in ("keys", "other"))
    gate.check(named, ["192.168.7.8"])
    gate.check(other, ["10.20.3.4"])
    with pytest.raises(Blocked, match="not public"):
        gate.check(other, ["192.168.7.8"])
    assert outbound.ca_file == "/etc/limen/authority.pem"


def test_what_the_page_allows_to_be_called_can_be_registered(tmp_path):
    (name,) = re.findall(r'allow = \["([a-z.]+)"', "\n".join(fence("[outbound]", "toml")))
    cli = Cli(tmp_path)
    cli.ok("init", "--dir", str(tmp_path), "--issuer", "https://id.example.com", "--non-interactive")

    cli.ok(
        *("app", "create", "Ledger", "--template", "service"),
        *("--set", "token_endpoint_auth_method=private_key_jwt", "--set", f"jwks_uri=https://{name}/jwks"),
    )


@pytest.mark.parametrize("page", sorted(path.name for path in GUIDE.glob("*.md")))
def test_every_command_a_page_names_exists(page):
    text = FENCE.sub("", (GUIDE / page).read_text())
    for words in (found.split() for found in re.findall(r"`limen ([a-z][^`]*)`", text)):
        command = main
        for word in words:
            if not isinstance(command, click.Group):
                break
            command = command.get_command(click.Context(command), word)
            assert command is not None, f"{page}: limen {' '.join(words)}"
