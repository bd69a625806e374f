"""What every store must do, sentence by sentence of `limen.ports.storage`.

A backend's test runs each of `CLAUSES` on a fresh, empty store; what several
processes must get from one store is in `storage_processes`:

    @pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.__name__)
    async def test_contract(clause, storage):
        await clause(storage)
"""

from limen.testing.storage_artifacts import ARTIFACTS
from limen.testing.storage_directory import DIRECTORY, Clause
from limen.testing.storage_grants import GRANTS
from limen.testing.storage_people import PEOPLE
from limen.testing.storage_records import RECORDS
from limen.testing.storage_removals import REMOVALS
from limen.testing.storage_sets import SETS

CLAUSES: tuple[Clause, ...] = DIRECTORY + ARTIFACTS + RECORDS + REMOVALS + GRANTS + SETS + PEOPLE
