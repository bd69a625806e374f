"""The README's first ten minutes, done as they are written.

Only this differs from what a reader does: the ports are free ones, the virtual environment is the one that
runs the tests, and `make run` is the command behind it.
"""

import os
import re
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import requests

from limen.cli.__main__ import COMMANDS
from limen.demo.cast import PEOPLE
from tests import services
from tests.interop.person import Person

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<text>.*?)^ *```", re.DOTALL | re.MULTILINE)
BLOCKS = [(found["language"], textwrap.dedent(found["text"])) for found in FENCE.finditer(README)]
ALICE = PEOPLE[0]


def block(language, holding):
    """Return the one block of the README that has these words in it."""
    (found,) = [text for kind, text in BLOCKS if kind == language and holding in text]
    return found


def wait_for(url, process, patience=30):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        assert process.poll() is None, url
        try:
            if requests.get(url, timeout=5, allow_redirects=False).status_code < 400:
                return
        except requests.ConnectionError:
            time.sleep(0.02)
    raise TimeoutError(url)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder like a fresh clone after `make run`."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    return folder


@pytest.fixture(scope="module")
def server(desk, request):
    """The address of the server of step 1."""
    assert "make run" in block("sh", "make run")
    assert re.search(r"^run:.*\n\t@exec \$\(BIN\)/limen dev", (ROOT / "Makefile").read_text(), re.MULTILINE)
    began = time.monotonic()

    def arguments(port):
        return [".venv/bin/limen", "dev", "--port", str(port)]

    with services.server(arguments, cwd=desk, stdout=subprocess.DEVNULL) as (port, process):
        base = f"http://localhost:{port}"
        wait_for(f"{base}/", process)
        took = time.monotonic() - began
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(f"\nlimen dev answered {took:.2f} s after its start", file=sys.stderr)
        yield base


def moved(text, server, own):
    """Put free ports in the place of the README's."""
    assert "8080" in text or "5000" in text
    return text.replace("http://localhost:8080", server).replace("5000", str(own))


def test_the_first_page_offers_to_try_and_shows_the_people(server):
    page = requests.get(server, timeout=10).text

    assert "Try signing in" in page
    assert ALICE.username in page
    assert ALICE.password in page


def test_a_newcomer_protects_an_application_of_their_own(desk, server):
    own = services.free_port()
    created = subprocess.run(
        ["bash", "-euc", moved(block("sh", "app create"), server, own)],
        cwd=desk,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert created.returncode == 0, created.stderr
    assert "shown this once" in created.stderr
    secret = re.search(r"client_secret\s+(lm_cs_\S+)", created.stdout)[1]

    (desk / "my_app.py").write_text(moved(block("python", "authorize_redirect"), server, own))
    app = subprocess.Popen(
        [sys.executable, "my_app.py"],
        cwd=desk,
        env={**os.environ, "CLIENT_SECRET": secret},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{own}/", app)
        person = Person(username=ALICE.username, password=ALICE.password)
        start = person.session.get(f"http://127.0.0.1:{own}/", allow_redirects=False, timeout=10)
        callback = person.visit(start.headers["location"])
        assert callback.startswith(f"http://127.0.0.1:{own}/callback?")
        hello = person.session.get(callback, timeout=10)
    finally:
        services.stop(app)

    assert hello.text == "Hello, Alice Adams!"


def test_every_command_of_the_readme_exists():
    named = {line.split()[1] for kind, text in BLOCKS if kind == "sh" for line in limen_lines(text)}

    assert {"app", "init", "serve", "doctor"} <= named <= set(COMMANDS)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert (
        set(re.findall(r"\bmake (run|test|check|bench|docs|fix|[a-z]+)\b", block("sh", "make run")))
        <= targets
    )


def limen_lines(text):
    lines = (line.removeprefix(".venv/bin/") for line in text.splitlines())
    return [line for line in lines if line.startswith("limen ")]
