"""Every backend keeps the storage contract."""

import pytest
import pytest_asyncio

from limen.storage import open_storage
from limen.testing.clock import FixedClock
from limen.testing.storage_contract import CLAUSES


@pytest_asyncio.fixture(params=["memory", "sqlite", "postgres"])
async def storage(request, tmp_path):
    match request.param:
        case "memory":
            url = "memory:"
        case "sqlite":
            url = f"sqlite://{tmp_path}/limen.db"
        case _:
            url = request.getfixturevalue("postgres_url")
    store = await open_storage(url, clock=FixedClock())
    yield store
    await store.close()


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.__name__)
async def test_contract(clause, storage):
    await clause(storage)
