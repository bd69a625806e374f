"""The throw-away servers serve whoever opens a session: pytest here, `make bench` elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

BEYOND_PYTEST = """
import asyncio
import asyncpg
from tests import services

async def asked(url):
    connection = await asyncpg.connect(url)
    print(await connection.fetchval("SELECT 6 * 7"))
    await connection.close()

session = services.open_session()
try:
    with services.postgres().database() as url:
        asyncio.run(asked(url))
finally:
    services.close_session(session)
"""


def test_a_program_that_is_no_test_gets_a_postgresql_of_its_own():
    alone = {name: value for name, value in os.environ.items() if not name.startswith("LIMEN_TEST_")}

    done = subprocess.run(
        [sys.executable, "-c", BEYOND_PYTEST],
        cwd=Path(__file__).parents[1],
        env=alone,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.returncode) == ("42\n", 0), done.stderr
