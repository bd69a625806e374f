"""limen db: upgrade, check, back up, restore."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from limen.cli import asked
from limen.cli.failure import CONFLICT, Failure, told
from limen.cli.place import Place, placed

if TYPE_CHECKING:
    from limen.storage import Store

_SQLITE = "sqlite://"


@click.group()
def db() -> None:
    """The database."""


@db.command()
@placed
def upgrade(place: Place) -> None:
    """Bring the schema up to date; servers may keep running."""

    async def nothing(_store: "Store") -> None:
        """Opening is what upgrades."""

    _with_store(place, nothing)
    click.echo("the schema is up to date", err=True)


@db.command()
@placed
def check(place: Place) -> None:
    """Tell whether the database can be read and written."""
    _with_store(place, lambda store: store.check())
    click.echo("the database can be read and written", err=True)


@db.command()
@click.argument("path", type=click.Path(path_type=Path))
@placed
def backup(place: Place, path: Path) -> None:
    """Write a consistent copy to a new file; servers may keep running. The master key is not in it."""
    if path.exists():
        raise Failure(f"{path} is there already", hint="name a new file", exit_code=CONFLICT)
    _with_store(place, lambda store: store.backup(str(path)))
    path.chmod(0o600)
    click.echo(
        f"written: {path}. Keep the master key elsewhere: without it the copy opens for nobody.", err=True
    )


@db.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@placed
def restore(place: Place, path: Path, yes: bool) -> None:
    """Put a copy in place of the SQLite database, or into an empty PostgreSQL one; stop the servers first."""
    from limen.storage.backup import restore, verify
    from limen.storage.sql.sqlite_copy import set_aside

    with told():
        url = place.read().database.url
        if url.startswith(_SQLITE):
            target = Path(url.removeprefix(_SQLITE))
            _require_apart(path, target)
            asked.confirm(
                f"Replace {target} by {path}? What it holds now is kept as {target}.before.", yes=yes
            )
            if asyncio.run(verify(str(path))).dialect == "sqlite":
                _prove(place, path)
                set_aside(target)
        asyncio.run(restore(str(path), url))
        asyncio.run(_open_whole(place, url))
    click.echo("restored; the servers may start", err=True)


def _require_apart(path: Path, target: Path) -> None:
    """Refuse a copy under a name that restoring writes over."""
    there = target.resolve()
    if path.resolve() in {
        there,
        *(there.with_name(there.name + ending) for ending in (".before", ".partial")),
    }:
        hint = "rename it together with its manifest"
        raise Failure(f"{path} is a name that restoring needs for itself", hint=hint, exit_code=CONFLICT)


def _prove(place: Place, path: Path) -> None:
    """Refuse a copy that was made under another master key, before anything is replaced."""
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory(dir=path.parent.resolve()) as folder:
        trial = Path(folder) / "trial.db"
        shutil.copyfile(path, trial)
        os.chmod(trial, 0o600)  # noqa: PTH101 -- before anybody else may look
        asyncio.run(_open_whole(place, f"{_SQLITE}{trial}"))


async def _open_whole(place: Place, url: str) -> None:
    from dataclasses import replace

    from limen.app.ports import open_ports
    from limen.cli.acting import Silence

    config = place.read()
    async with open_ports(replace(config, database=replace(config.database, url=url)), Silence()) as ports:
        await ports.storage.check()
        for tenant in await ports.storage.tenants():
            await ports.keys.load(tenant.tenant_id)


def _with_store(place: Place, work: "Callable[[Store], Awaitable[None]]") -> None:
    with told():
        asyncio.run(_on_store(place.read().database.url, work))


async def _on_store(url: str, work: "Callable[[Store], Awaitable[None]]") -> None:
    from limen.storage import open_storage
    from limen.system import SystemClock

    store = await open_storage(url, clock=SystemClock())
    try:
        await work(store)
    finally:
        await store.close()
