"""A new master key: a folder's keys move from one to the other, whatever happens on the way."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_running import PATIENCE, get, limen, token, wait_for
from tests.services import free_port

TENANTS = ("", "one", "two", "three")


class Home:
    """A server's folder whose master key is about to be replaced."""

    def __init__(self, folder):
        self.folder, self.cli, self.port = folder, Cli(folder), free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        options = ("--issuer", self.issuer, "--bind", f"127.0.0.1:{self.port}", "--non-interactive")
        self.cli.ok("init", "--dir", str(folder), *options)
        self._toml = (folder / "limen.toml").read_text()

    def replace_master_key(self):
        """As the guide says: the old one gets another name, the configuration names both."""
        (self.folder / "master.key").rename(self.folder / "older.key")
        other = Cli(self.folder / "other")
        options = ("--issuer", "https://other.example", "--non-interactive")
        other.ok("init", "--dir", str(other.folder), *options)
        (other.folder / "master.key").rename(self.folder / "master.key")
        self.with_keys("master.key", "older.key")

    def with_keys(self, current, *older):
        text = self._toml.replace('master_key_file = "master.key"', f'master_key_file = "{current}"')
        lines = text.splitlines()
        place = next(n for n, line in enumerate(lines) if line.startswith("master_key_file"))
        lines.insert(place + 1, f"older_master_key_files = {list(older)}")
        (self.folder / "limen.toml").write_text("\n".join(lines))

    def jwks(self):
        return [self.cli.json("key", "list", "-t", name) for name in TENANTS]

    def envelopes(self):
        with sqlite3.connect(f"file:{self.folder / 'limen.db'}?mode=ro", uri=True) as database:
            rows = database.execute("SELECT kid, record FROM keys WHERE tenant_id <> ''").fetchall()
        database.close()
        return set(rows)


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "limen")
    home.secret = home.cli.json("app", "create", "S", "--template", "service", "--client-id", "svc")[
        "client_secret"
    ]
    for name in TENANTS[1:]:
        home.cli.ok("tenant", "create", name)
    home.keys = home.jwks()
    return home


def test_after_rewrapping_the_server_starts_with_the_new_master_key_alone(home):
    home.replace_master_key()

    told = home.cli.ok("key", "rewrap").stderr
    assert "closed anew: 32;" in told
    assert "older_master_key_files" in told
    home.with_keys("master.key")
    assert home.jwks() == home.keys

    with limen("serve", "--data", str(home.folder), cwd=home.folder) as process:
        wait_for(home.issuer)
        assert token(home.issuer, "svc", home.secret)[0] == 200
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said


@pytest.mark.parametrize("keys", [("older.key",), ("master.key",)])
def test_before_rewrapping_no_server_starts_with_one_of_the_two(home, keys):
    home.replace_master_key()
    home.jwks()  # the first use of the new one
    home.with_keys(*keys)

    with limen("serve", "--data", str(home.folder), cwd=home.folder) as process:
        said, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode == 3
    assert "no master key opens" in said
    assert "older_master_key_files" in said


def test_after_rewrapping_no_server_starts_with_the_old_master_key(home):
    home.replace_master_key()
    home.cli.ok("key", "rewrap")
    home.with_keys("older.key")

    with limen("serve", "--data", str(home.folder), cwd=home.folder) as process:
        said, _ = process.communicate(timeout=PATIENCE)

    assert (process.returncode, "no master key opens" in said) == (3, True)


def test_rewrapping_twice_changes_nothing_more(home):
    home.replace_master_key()
    home.cli.ok("key", "rewrap")
    before = home.envelopes()

    told = home.cli.ok("key", "rewrap").stderr

    assert "closed anew: 0;" in told
    assert home.envelopes() == before


def test_rewrapping_without_the_old_master_key_is_refused_and_changes_nothing(home):
    home.replace_master_key()
    home.with_keys("master.key")
    before = home.envelopes()

    result = home.cli("key", "rewrap")

    assert result.exit_code == 3
    assert "older_master_key_files" in result.output
    assert home.envelopes() == before


def test_a_server_goes_on_while_its_keys_are_rewrapped(home):
    home.replace_master_key()
    with limen("serve", "--data", str(home.folder), cwd=home.folder) as process:
        wait_for(home.issuer)
        published = get(f"{home.issuer}/oauth2/jwks")

        home.cli.ok("key", "rewrap")
        time.sleep(1.5)  # what others change shows within a second

        assert token(home.issuer, "svc", home.secret)[0] == 200
        assert get(f"{home.issuer}/oauth2/jwks") == published
        assert process.poll() is None


def test_rewrapping_killed_halfway_is_finished_by_repeating_it(home):
    home.replace_master_key()
    before = home.envelopes()
    command = [sys.executable, "-m", "limen.cli.__main__", "key", "rewrap", "--data", str(home.folder)]

    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while process.poll() is None and home.envelopes() == before:
        pass
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)

    assert home.jwks() == home.keys
    home.cli.ok("key", "rewrap")
    home.with_keys("master.key")
    assert home.jwks() == home.keys
