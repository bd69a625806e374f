"""The command line against a real SQLite store in a folder of its own."""

import json

import pytest
from click.testing import CliRunner

from limen.cli.__main__ import main


class Cli:
    """Runs `limen …` in a folder; arguments as in a shell."""

    def __init__(self, folder):
        self.folder, self._runner = folder, CliRunner()

    def __call__(self, *arguments, stdin=None):
        return self._runner.invoke(main, [*arguments], input=stdin, env={"LIMEN_DATA": str(self.folder)})

    def ok(self, *arguments, stdin=None):
        result = self(*arguments, stdin=stdin)
        assert result.exit_code == 0, result.output + repr(result.exception)
        return result

    def json(self, *arguments, stdin=None):
        return json.loads(self.ok(*arguments, "-o", "json", stdin=stdin).stdout)


@pytest.fixture(scope="module")
def cli(tmp_path_factory):
    """A folder after `limen init`."""
    folder = tmp_path_factory.mktemp("limen")
    made = Cli(folder)
    made.ok("init", "--dir", str(folder), "--issuer", "https://id.example", "--non-interactive")
    return made
