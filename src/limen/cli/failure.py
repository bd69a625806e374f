"""From what went wrong to what the person reads and the exit code a script gets."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from limen.errors import OAuthError

FAILED, USAGE, INVALID, NOT_FOUND, CONFLICT, FORBIDDEN, UNREACHABLE = 1, 2, 3, 4, 5, 6, 7
_BY_STATUS = {403: FORBIDDEN, 404: NOT_FOUND, 409: CONFLICT, 412: CONFLICT, 422: INVALID}


class Failure(click.ClickException):
    """What happened, and what to do next."""

    def __init__(self, problem: str, *, hint: str = "", exit_code: int = FAILED) -> None:
        super().__init__(problem)
        self.hint = hint
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it of the instance as well

    def show(self, file: object = None) -> None:
        """Write to standard error, so that standard output stays data."""
        del file
        click.echo(f"Error: {self.message}", err=True)
        if self.hint:
            click.echo(f"  Next: {self.hint}", err=True)


@contextmanager
def told() -> Iterator[None]:
    """Turn the refusals of every storey into a Failure."""
    from limen.admin.refusal import Refusal
    from limen.config import ConfigError
    from limen.crypto.master import WrongMasterKey
    from limen.errors import OAuthError
    from limen.storage.errors import StorageError

    try:
        yield
    except Refusal as refused:
        code = _BY_STATUS.get(refused.status, FAILED)
        raise Failure(refused.problem, hint=refused.hint, exit_code=code) from None
    except OAuthError as refused:
        raise _of_oauth(refused) from None
    except ConfigError as wrong:
        hint = "see limen.toml, or what `limen init` writes"
        raise Failure(
            "the configuration cannot be used:\n  " + "\n  ".join(wrong.problems),
            hint=hint,
            exit_code=INVALID,
        ) from None
    except WrongMasterKey as wrong:
        hint = "put back the master key this database was made with, or name it in older_master_key_files"
        raise Failure(str(wrong), hint=hint, exit_code=INVALID) from None
    except StorageError as wrong:
        raise Failure(str(wrong), exit_code=UNREACHABLE) from None
    except OSError as wrong:
        raise of_system(wrong) from None


def of_system(wrong: OSError) -> Failure:
    """Return what the system refused, without its numbers."""
    problem = str(wrong.strerror or wrong)
    if wrong.filename is not None:
        problem = f"{wrong.filename}: {problem}"
    hint = ""
    if isinstance(wrong, PermissionError):
        hint = "call limen as the user who owns the files: the one the server runs as"
    return Failure(problem, hint=hint, exit_code=UNREACHABLE)


def _of_oauth(refused: "OAuthError") -> Failure:
    from limen.errors import TemporarilyUnavailable

    if not isinstance(refused, TemporarilyUnavailable):
        return Failure(f"{refused.error}: {refused.description}", exit_code=INVALID)
    # The person here runs the server: what clients are not told helps them on.
    problem = f"{refused.description} ({refused.detail})" if refused.detail else refused.description
    return Failure(problem, hint="see database.url; try again", exit_code=UNREACHABLE)
