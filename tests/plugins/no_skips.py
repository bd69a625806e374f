"""With CI=true a skipped or expectedly failing test fails the session: what CI passes has run."""

import os

import pytest

_KINDS = ("skipped", "xfailed", "xpassed")


def not_run(reporter):
    """Name each test that was skipped or expected to fail."""
    return [report.nodeid for kind in _KINDS for report in reporter.stats.get(kind, [])]


def enforced(config):
    return os.environ.get("CI") == "true" and not hasattr(config, "workerinput")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if enforced(session.config) and exitstatus == pytest.ExitCode.OK and not_run(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    if enforced(config) and (names := not_run(terminalreporter)):
        terminalreporter.section("skipped, which CI does not accept", red=True)
        for name in names:
            terminalreporter.line(name)
