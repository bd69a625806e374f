"""Where a command works: the configuration file, found by flag, variable or folder."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from limen.config import Config

FILE_NAME = "limen.toml"
DEVELOPMENT_FOLDER = Path(".limen")
MARK = "DEVELOPMENT"  # a file that says: this folder was made by `limen dev`


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the person at the command line said about where to look."""

    config: Path | None = None
    data: Path | None = None

    @property
    def path(self) -> Path:
        """Return the configuration file to read; refuse with UsageError when there is none."""
        if self.config is not None:
            return self.config
        folders = [self.data] if self.data is not None else [Path(), DEVELOPMENT_FOLDER]
        for folder in folders:
            if (folder / FILE_NAME).is_file():
                return folder / FILE_NAME
        looked = " and ".join(str(folder / FILE_NAME) for folder in folders)
        raise click.UsageError(
            f"there is no configuration: looked for {looked}.\n"
            "Make one with `limen init`, try things out with `limen dev`, or name it with --config."
        )

    def read(self, flags: Mapping[str, Any] | None = None) -> "Config":
        """Return the Config, marked when it was made for development."""
        from limen.config import read_config

        path = self.path
        config = read_config(path, flags=flags)
        return replace(config, development=(path.parent / MARK).exists())


in_tenant = click.option("--tenant", "-t", default="", help="The tenant's name; the root tenant without it.")
"""Give a command the tenant it works in."""


def placed(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --config and --data, and hand them to it as `place`."""

    @click.option(
        "--config", type=click.Path(path_type=Path), envvar="LIMEN_CONFIG", help="The limen.toml to use."
    )
    @click.option(
        "--data",
        type=click.Path(path_type=Path),
        envvar="LIMEN_DATA",
        help="A folder with a limen.toml in it.",
    )
    @functools.wraps(command)
    def wrapped(config: Path | None, data: Path | None, **others: Any) -> Any:
        return command(place=Place(config=config, data=data), **others)

    return wrapped
