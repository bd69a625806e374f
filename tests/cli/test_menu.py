"""The menu: what it shows, how quickly, and what it says to a slip of the finger."""

import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from limen.cli.__main__ import COMMANDS, main

GOLDEN = Path(__file__).with_name("golden_help.txt")


def test_the_help_is_what_was_reviewed():
    shown = CliRunner().invoke(main, ["--help"], prog_name="limen").output

    assert shown == GOLDEN.read_text(encoding="utf-8")


def test_the_help_imports_neither_the_server_nor_the_store():
    code = (
        "import sys; from limen.cli.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "slow = ('limen.app', 'limen.storage', 'cryptography', 'aiohttp', 'rich')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    began = time.perf_counter()

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "[]"
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("name", COMMANDS)
def test_the_menu_says_what_the_command_says(name):
    module, _, attribute = COMMANDS[name][0].partition(":")
    command = getattr(import_module(f"limen.cli.{module}"), attribute)
    runner = CliRunner()

    for arguments in [
        [name],
        *([[name, sub] for sub in command.commands] if isinstance(command, click.Group) else []),
    ]:
        assert runner.invoke(main, [*arguments, "--help"]).exit_code == 0


def test_an_unknown_command_names_the_nearest():
    result = CliRunner().invoke(main, ["usr", "list"])

    assert result.exit_code == 2
    assert "Did you mean user?" in result.output


def test_the_index_of_standards_is_read_from_the_files():
    result = CliRunner().invoke(main, ["standards"])

    assert result.exit_code == 0
    assert "protocol/pkce.py" in next(
        line for line in result.output.splitlines() if line.startswith("RFC 7636")
    )


def test_without_a_configuration_one_is_told_where_to_begin(tmp_path):
    result = CliRunner().invoke(main, ["app", "list"], env={"LIMEN_DATA": str(tmp_path)})

    assert result.exit_code == 2
    assert "limen init" in result.output
