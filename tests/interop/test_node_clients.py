"""Clients from npm go the main job against a live server on each database."""

import os
import subprocess
from pathlib import Path

import pytest

from tests import services
from tests.world import PASSWORD, SECRET

HERE = Path(__file__).parent


def run(script, issuer, **environment):
    """Run a Node.js program of this folder; it must end well and say so."""
    done = subprocess.run(
        [services.program("node"), script],
        cwd=HERE,
        env={**os.environ, "ISSUER": issuer, "SECRET": SECRET, "PASSWORD": PASSWORD, **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("done")


@pytest.mark.parametrize("script", ["openid_client.mjs", "oauth4webapi.mjs"])
def test_a_client_of_the_npm_registry_goes_the_main_job(live, script):
    run(script, live.base)


def test_asgardeo_signs_in_refreshes_revokes_and_signs_out(live):
    run("asgardeo.mjs", f"{live.base}/t/wso")

    # The library puts its secret into the address of the sign-in page: it is not heard, and not written down.
    assert SECRET not in live.logged("/oauth2/authorize")
