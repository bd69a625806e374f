"""limen dev: everything to try Limen out, in a folder of its own, for this machine alone."""

import asyncio
import errno
import os
import shutil
import socket
import sys
import threading
from pathlib import Path

import click

from limen.cli.failure import CONFLICT, INVALID, USAGE, Failure, told
from limen.cli.place import DEVELOPMENT_FOLDER, FILE_NAME, MARK, Place

_PORT = 8080
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), help="The port; 0 finds a free one.  [default: 8080]")
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option(
    "--data", type=click.Path(path_type=Path), default=DEVELOPMENT_FOLDER, help="Where to keep everything."
)
@click.option("--fresh", is_flag=True, help="Forget what was there before.")
@click.option("--open", "open_browser", is_flag=True, help="Open the front page in a browser.")
def dev(port: int | None, host: str, data: Path, fresh: bool, open_browser: bool) -> None:
    """Try Limen here: demo people and apps, nothing to configure."""
    if host not in _LOOPBACK:
        raise Failure(
            f"{host} can be reached by others, who would know every secret of the demonstration",
            hint="use a loopback address, or `limen init` and `limen serve` for a real server",
            exit_code=USAGE,
        )
    _check_folder(data)
    if fresh and data.exists():
        shutil.rmtree(data)
    issuer = _issuer(data, host, port)
    place = prepare(data, host, issuer)
    with told():
        asyncio.run(_seed(place))
    click.echo(screen(issuer, data))
    if open_browser:
        threading.Timer(1.0, click.launch, (issuer,)).start()
    sys.exit(_serve(place))


def _check_folder(data: Path) -> None:
    """Refuse a folder that is not ours: --fresh deletes it."""
    if data.exists() and any(data.iterdir()) and not (data / MARK).exists():
        raise Failure(
            f"{data} was not made by `limen dev`", hint="name another folder with --data", exit_code=CONFLICT
        )


def _issuer(data: Path, host: str, port: int | None) -> str:
    """Return the address: the one of last time, unless another port is asked for."""
    known = (data / MARK).read_text(encoding="ascii").strip() if (data / MARK).exists() else ""
    if port is None and known:
        issuer = known
    else:
        issuer = f"http://localhost:{_free_port(host, _PORT if port is None else port)}"
    _check_free(host, int(issuer.rpartition(":")[2]))
    if known and issuer != known:
        # The issuer of a tenant never changes, so a new address needs new tenants.
        for leftover in data.glob("limen.db*"):
            leftover.unlink()
    return issuer


def _free_port(host: str, port: int) -> int:
    if port:
        return port
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _check_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "is taken by another program" if taken else f"cannot be listened on: {error.strerror}"
            hint = f"limen dev --port {port + 1 if taken else _PORT}"
            raise Failure(f"port {port} {why}", hint=hint, exit_code=CONFLICT if taken else INVALID) from None


def prepare(data: Path, host: str, issuer: str) -> Place:
    """Write the folder's configuration, mark and master key."""
    from limen.cli.master_key import write_master_key

    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / MARK).write_text(f"{issuer}\n", encoding="ascii")
    bind = f"[{host}]" if ":" in host else host
    (data / FILE_NAME).write_text(
        "# Written by `limen dev` at each start. For this machine alone; `limen serve` refuses it.\n"
        f'issuer = "{issuer}"\n\n[server]\nbind = "{bind}:{issuer.rpartition(":")[2]}"\n\n'
        '[database]\nurl = "sqlite://limen.db"\n\n[log]\nlevel = "warning"\n',
        encoding="ascii",
    )
    if not (data / "master.key").exists():
        write_master_key(data / "master.key")
    return Place(data=data)


async def _seed(place: Place) -> None:
    from limen.app.ports import open_ports
    from limen.cli.acting import Silence
    from limen.cli.seed import seed

    config = place.read()
    async with open_ports(config, Silence()) as ports:
        await seed(ports, config.issuer)


def screen(issuer: str, data: Path) -> str:
    """Return the one screen that tells where everything is."""
    from limen.cli.seed import TENANT
    from limen.demo.apps import SECRET
    from limen.demo.cast import PEOPLE

    limen = _called()
    people = "   ".join(f"{role.username} / {role.password}" for role in PEOPLE)
    lines = [
        click.style("Limen, development mode", bold=True) + f"   everything is in {os.path.relpath(data)}/",
        "",
        f"  Front page {issuer}/   press `Try signing in` there",
        f"  Issuer     {issuer}   and   {issuer}/t/{TENANT}",
        f"  Discovery  {issuer}/.well-known/openid-configuration",
        f"  People     {people}",
        "  Apps       demo-web   demo-spa   demo-backend   demo-service   demo-device",
        f"  Secret     {SECRET}   (demo-backend, demo-service)",
        "",
        f"  Manage     {limen} app list     {limen} user list -t {TENANT}     (in a second terminal)",
        f"  Stop       Ctrl-C; start over with `{limen} dev --fresh`",
    ]
    return "\n".join(lines)


def _called() -> str:
    """Return how to call us from this folder, as from a checkout whose environment nobody has activated."""
    here = os.path.relpath(sys.argv[0])
    return "limen" if here.startswith(os.pardir) or Path(here).name != "limen" else here


def _serve(place: Place) -> int:
    from limen.app.process import Process
    from limen.cli.serve import run

    config = place.read()
    return run(lambda: Process(config).surface(), config, lambda: None)
