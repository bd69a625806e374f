"""limen conform: a folder to run the OpenID conformance suite against; `limen serve` comes second."""

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from limen.cli.failure import CONFLICT, USAGE, Failure, told
from limen.cli.place import FILE_NAME, Place

if TYPE_CHECKING:
    from limen.cli.conform_clients import Suite
    from limen.cli.conform_credentials import Seat
    from limen.cli.conform_seed import Seeded

_TEMPLATE = """\
# Written by `limen conform prepare`, for a run of the OpenID conformance suite and nothing else.
issuer = "{issuer}"

[server]
bind = "{bind}"
tls_certificate = "server.crt"
tls_key = "server.key"
tls_client_certificates = true
tls_client_ca = "authority.crt"

[database]
url = "sqlite://limen.db"

[log]
level = "warning"

[outbound]
allow = ["{suite}"]
{authority}"""


@click.group()
def conform() -> None:
    """Prepare a run of the OpenID conformance suite."""


@conform.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="A new folder for everything.")
@click.option("--base", required=True, help="Where the suite finds Limen: https://host:port.")
@click.option("--suite", "suite_base", required=True, help="Where the suite is: https://host:port.")
@click.option(
    "--alias", default="limen", show_default=True, help="The name of the run, in the suite's addresses."
)
@click.option(
    "--bind", help="host:port to listen on; without it, the port of --base on the loopback address."
)
@click.option("--suite-ca", type=click.Path(exists=True), help="Who vouches for the suite's own certificate.")
def prepare(
    *, data: Path, base: str, suite_base: str, alias: str, bind: str | None, suite_ca: str | None
) -> None:
    """Write a configuration, keys, a tenant, applications and a person, and the suite's plan files."""
    from limen.cli.conform_clients import Suite
    from limen.cli.conform_credentials import make_authority, make_seat

    if data.exists() and any(data.iterdir()):
        raise Failure(f"{data} is not empty", hint="name a new folder with --data", exit_code=CONFLICT)
    suite = Suite(base=suite_base.removesuffix("/"), alias=alias)
    authority = make_authority()
    seats = (make_seat(1, authority), make_seat(2, authority))
    server = authority.issue_server(base)
    with told():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(data / "authority.crt", authority.pem)
        _write(data / "server.crt", server.certificate + authority.pem)
        _write(data / "server.key", server.key)
        _write(data / FILE_NAME, _configuration(base, suite, bind, suite_ca))
        seeded = _seed(Place(data=data), suite, seats)
        _write_plans(data, suite, seats, seeded)
    click.echo(f"written: {data}; start:  limen serve --data {data}", err=True)
    click.echo(f"plans:   {data / 'plans' / 'plans.txt'}", err=True)


def _configuration(base: str, suite: "Suite", bind: str | None, suite_ca: str | None) -> str:
    from urllib.parse import urlsplit

    port = urlsplit(base).port or 443
    where = urlsplit(suite.base)
    if urlsplit(base).scheme != "https" or where.scheme != "https":
        raise Failure("the suite talks https alone", hint="give https://host:port", exit_code=USAGE)
    return _TEMPLATE.format(
        issuer=base.removesuffix("/"),
        bind=bind or f"127.0.0.1:{port}",
        suite=f"{where.hostname}:{where.port or 443}",
        authority=f"ca_file = {json.dumps(str(Path(suite_ca).resolve()))}\n" if suite_ca else "",
    )


def _seed(place: Place, suite: "Suite", seats: "tuple[Seat, Seat]") -> "Seeded":
    from limen.app.ports import open_ports
    from limen.cli.acting import Silence
    from limen.cli.conform_seed import seed
    from limen.cli.master_key import write_master_key

    write_master_key(place.path.parent / "master.key")
    config = place.read()

    async def work() -> "Seeded":
        async with open_ports(config, Silence()) as ports:
            return await seed(ports, config.issuer, suite, seats)

    return asyncio.run(work())


def _write_plans(data: Path, suite: "Suite", seats: "tuple[Seat, Seat]", seeded: "Seeded") -> None:
    from limen.cli.conform_browser import Visitor
    from limen.cli.conform_plans import Configurations, plans
    from limen.cli.conform_seed import USERNAME

    folder = data / "plans"
    folder.mkdir(mode=0o700)
    visitor = Visitor(
        issuer=seeded.issuer, callbacks=suite.callbacks, username=USERNAME, password=seeded.password
    )
    made = Configurations(suite=suite, visitor=visitor, seats=seats, secrets=seeded.secrets)
    for name, content in made.files():
        _write(folder / name, json.dumps(content, indent=2))
    _write(folder / "plans.txt", "".join(f"{plan.line}\n" for plan in plans()))


def _write(path: Path, text: str) -> None:
    """Write a new file nobody else may read: it holds a key or a password."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(text)
