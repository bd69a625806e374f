"""Backends that several processes share keep that part of the contract too."""

import pytest

from limen.testing.storage_processes import SHARED_CLAUSES


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/limen.db"
    return request.getfixturevalue("postgres_url")


@pytest.mark.parametrize("clause", SHARED_CLAUSES, ids=lambda clause: clause.__name__)
async def test_contract(clause, url):
    await clause("limen.storage:open_storage", url)
