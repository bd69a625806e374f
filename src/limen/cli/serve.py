"""limen serve: run the server, in one or several workers."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from limen.cli.failure import CONFLICT, INVALID, Failure, told
from limen.cli.place import Place, placed

if TYPE_CHECKING:
    from limen.config import Config
    from limen.http.server import Serving, Surface


@click.command()
@click.option("--bind", help="host:port instead of the configured.")
@click.option("--workers", type=int, help="How many processes; 0 for one each core.")
@placed
def serve(place: Place, bind: str | None, workers: int | None) -> None:
    """Run the server until SIGTERM; SIGHUP starts new workers, which read the configuration afresh."""
    flags = {"server.bind": bind, "server.workers": workers}
    given = {name: value for name, value in flags.items() if value is not None}
    with told():
        config = place.read(given)
        refuse_unfit(config)
        asyncio.run(prepare(config))
    told_so = f"Limen serves {config.issuer} on {config.server.bind}"
    sys.exit(run(lambda: _surface(place, given), config, lambda: click.echo(told_so, err=True)))


def run(make: "Callable[[], Surface]", config: "Config", listening: Callable[[], None]) -> int:
    """Serve until a signal says stop; what cannot be listened on or read becomes a Failure."""
    from limen.http import server
    from limen.http.unusable import Unusable

    try:
        return server.serve(make, serving(config), listening=listening)
    except Unusable as wrong:
        hint = (
            "stop the other, or choose another server.bind" if wrong.taken else "see [server] in limen.toml"
        )
        raise Failure(str(wrong), hint=hint, exit_code=CONFLICT if wrong.taken else INVALID) from None


def _surface(place: Place, given: Mapping[str, object]) -> "Surface":
    """Read the configuration anew in a worker, so that a reload sees changes; judge it as a start does."""
    from limen.app.process import Process

    try:
        with told():
            config = place.read(given)
            refuse_unfit(config)
    except Failure as failure:
        failure.show()  # nobody above a worker would
        raise SystemExit(failure.exit_code) from None
    return Process(config).surface()


def serving(config: "Config") -> "Serving":
    """Return where and how to listen."""
    from limen.config import split_bind
    from limen.http.server import Serving
    from limen.http.tls import Tls

    said = config.server
    tls = Tls(
        certificate=said.tls_certificate,
        key=said.tls_key,
        client_certificates=said.tls_client_certificates or bool(said.tls_client_ca),
        client_authorities=said.tls_client_ca,
    )
    return Serving(
        bind=split_bind(said.bind),
        operations=split_bind(said.admin_bind) if said.admin_bind else None,
        workers=said.workers or os.cpu_count() or 1,
        tls=tls if said.tls_certificate else None,
        drain=said.drain,
        max_connections=said.max_connections or None,
    )


def refuse_unfit(config: "Config") -> None:
    """Refuse what must not serve in earnest, naming each reason (attack row CF-01)."""
    from limen.config import production_problems

    problems = list(production_problems(config))
    if config.development:
        problems.insert(
            0, "this folder was made by `limen dev`: its people and secrets are known to everybody"
        )
    if problems:
        text = "\n  ".join(problems)
        raise Failure(f"this configuration must not serve:\n  {text}", hint="limen doctor", exit_code=INVALID)


async def prepare(config: "Config") -> None:
    """Upgrade the schema, prove the master key and look for tenants, once and before any worker starts."""
    from limen.app.ports import open_ports
    from limen.cli.acting import Silence
    from limen.config import is_below

    async with open_ports(config, Silence()) as ports:
        tenants = await ports.storage.tenants()
        if not tenants:
            raise Failure("there is no tenant yet", hint="limen init, or limen tenant create ''")
        made_for_development = [t.name or "(root)" for t in tenants if t.development]
        if made_for_development and not config.development:
            raise Failure(
                f"tenants made for development: {', '.join(made_for_development)}",
                hint="start with an empty database: limen init",
                exit_code=INVALID,
            )
        for tenant in tenants:
            await ports.keys.load(tenant.tenant_id)
            if not is_below(tenant.issuer, config.issuer):
                told_so = (
                    f"{tenant.name or '(root)'} has the issuer {tenant.issuer}, not below {config.issuer}"
                )
                click.echo(f"Warning: {told_so}: applications will refuse it; limen doctor", err=True)
