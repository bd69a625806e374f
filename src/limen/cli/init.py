"""limen init: a configuration, a master key, a database with the root tenant, and the set-up link."""

import asyncio
import json
import os
from pathlib import Path

import click

from limen.cli.failure import CONFLICT, INVALID, Failure, told
from limen.cli.place import FILE_NAME, Place

_TEMPLATE = """\
# The configuration of this server. Every key can also be set as LIMEN_SECTION__KEY, and read from a file
# named by LIMEN_SECTION__KEY_FILE. What people manage while it runs lives in the database, not here.

# The address under which people and applications see this server. It becomes part of every token.
issuer = {issuer}

[server]
bind = {bind}
workers = {workers}                      # processes; 0: one for each core
# admin_bind = "127.0.0.1:9090"    # a second listener, for health and metrics alone
# tls_certificate = "tls.crt"      # when no proxy does TLS before us
# tls_key = "tls.key"
# tls_client_ca = "clients.crt"    # authorities of client certificates (RFC 8705)
# trusted_proxies = ["10.0.0.0/8"] # who may tell us the address of a client
# client_certificate_header = "client-cert"

[database]
url = {database}            # or postgresql://user@host/name

[secrets]
master_key_file = "master.key"     # opens all other keys: keep a copy, but never beside the database's copy
# older_master_key_files = []      # still open what they closed, after a change of the master key

[log]
level = "info"                     # debug, info, warning, error

[outbound]
# allow = ["10.1.2.0/24"]          # private addresses that applications' documents may be fetched from
# ca_file = "internal-ca.crt"
"""


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=Path(), help="Where to write.")
@click.option("--issuer", help="The public address, such as https://id.example.com.")
@click.option("--db", "database", help="sqlite://limen.db or postgresql://…")
@click.option("--bind", help="host:port to listen on.")
@click.option("--non-interactive", is_flag=True, help="Ask nothing; take the defaults.")
def init(
    folder: Path, issuer: str | None, database: str | None, bind: str | None, non_interactive: bool
) -> None:
    """Write a configuration and a master key, and prepare the database."""
    _refuse_to_overwrite(folder)
    if non_interactive and issuer is None:
        raise Failure("an issuer is needed", hint="--issuer https://id.example.com", exit_code=INVALID)
    issuer = issuer or click.prompt("Public address of this server, https://…", err=True)
    defaults = {"database": "sqlite://limen.db", "bind": "127.0.0.1:8080"}
    if not non_interactive:
        database = database or click.prompt("Database", default=defaults["database"], err=True)
        bind = bind or click.prompt("Listen on", default=defaults["bind"], err=True)
    text = _TEMPLATE.format(
        issuer=_toml(issuer.removesuffix("/")),
        bind=_toml(bind or defaults["bind"]),
        database=_toml(database or defaults["database"]),
        workers=min(2, os.cpu_count() or 1),
    )
    _write(folder, text)


def _toml(text: str) -> str:
    """Return a basic string of TOML; JSON writes one, too, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _refuse_to_overwrite(folder: Path) -> None:
    for name in (FILE_NAME, "master.key"):
        if (folder / name).exists():
            raise Failure(
                f"{folder / name} is there already, and stays as it is",
                hint="limen serve, or name another folder with --dir",
                exit_code=CONFLICT,
            )


def _write(folder: Path, text: str) -> None:
    from limen.admin import tenants
    from limen.cli.acting import act
    from limen.cli.admin import make_link
    from limen.cli.master_key import write_master_key

    place = Place(data=folder)
    with told():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(folder / FILE_NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            _check(place)
        except BaseException:
            (folder / FILE_NAME).unlink()
            raise
        write_master_key(folder / "master.key")
    issuer = place.read().issuer
    act(place, tenants.create, tenants.CreateTenant(name="", base_url=issuer, display_name="Limen"))
    _tell(folder)
    click.echo(make_link(place))


def _tell(folder: Path) -> None:
    click.echo(
        f"written: {folder / FILE_NAME}, {folder / 'master.key'} (keep a copy of it in a safe place)",
        err=True,
    )
    elsewhere = "" if folder.resolve() == Path.cwd() else f" --config {folder / FILE_NAME}"
    click.echo(f"start:   limen serve{elsewhere}", err=True)
    click.echo(
        "then open this link; it works once, for 15 minutes (another: limen admin setup-link):", err=True
    )


def _check(place: Place) -> None:
    from limen.config import ConfigError, is_loopback

    try:
        config = place.read()
    except ConfigError as wrong:
        hint = "say it again; nothing was written"
        raise Failure("\n  ".join(wrong.problems), hint=hint, exit_code=INVALID) from None
    if config.issuer.startswith("http:") and not is_loopback(config.issuer):
        raise ConfigError("issuer: must be https; tokens and passwords would travel in the clear")
    asyncio.run(_reach(config.database.url))


async def _reach(url: str) -> None:
    """Open the database once before there is a master key: a failure must leave nothing behind."""
    from limen.storage import open_storage
    from limen.system import SystemClock

    storage = await open_storage(url, clock=SystemClock())
    await storage.close()
