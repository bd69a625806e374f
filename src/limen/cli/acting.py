"""Do one act on the store of a configuration, also while servers run: they see the change within a second."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from limen.cli.failure import told
from limen.cli.place import Place

if TYPE_CHECKING:
    from limen.admin.operation import Actor
    from limen.config import Config
    from limen.ports import Ports

C = TypeVar("C")
T = TypeVar("T")


class Silence:
    """Events nobody hears: the command line tells what happened itself."""

    def emit(self, name: str, /, **facts: object) -> None:
        """Do nothing."""


def with_ports(place: Place, work: "Callable[[Ports], Awaitable[T]]") -> T:
    """Open the ports, do the work, close them; refusals become failures."""
    with told():
        return asyncio.run(_with_ports(place.read(), work))


async def _with_ports(config: "Config", work: "Callable[[Ports], Awaitable[T]]") -> T:
    from limen.app.ports import open_ports

    async with open_ports(config, Silence()) as ports:
        return await work(ports)


def act(place: Place, operation: "Callable[[C, Actor, Ports], Awaitable[T]]", command: C) -> T:
    """Do one operation of `admin` as the operator of this machine."""
    from limen.admin.operation import OPERATOR

    return with_ports(place, lambda ports: operation(command, OPERATOR, ports))
