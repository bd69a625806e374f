"""Certificate files to the keys of an application (RFC 7517 §4.7): PEM, DER, CRT, CER and PKCS #7."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from limen.cli.output import moment

option = click.option(
    "--certificate",
    "certificates",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    help="A certificate in PEM, DER or PKCS #7, registered as one of its keys; may repeat.",
)


def members(paths: Sequence[str]) -> dict[str, Any]:
    """Return the metadata that registers these certificates in place of the keys there were."""
    if not paths:
        return {}
    return {"jwks": {"keys": [_key(path) for path in paths]}, "jwks_uri": None}


def _key(path: str) -> dict[str, Any]:
    from limen.crypto.certificates import InvalidCertificate, leaf_of, parse, to_jwk, validity
    from limen.system import SystemClock

    try:
        leaf = leaf_of(parse(Path(path).read_bytes()))
        key = to_jwk(leaf)
    except InvalidCertificate as wrong:
        raise click.BadParameter(f"{path}: {wrong}") from None
    begins, ends = validity(leaf)
    click.echo(f"{path}: {leaf.subject.rfc4514_string()}, valid until {moment(ends)}", err=True)
    if not begins <= SystemClock().now() <= ends:
        click.echo(f"Warning: {path} is not valid today", err=True)
    return key
