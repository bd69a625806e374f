"""Serve the small application as `limen serve` does, for tests that need processes."""

import pathlib
import sys

from limen.http.health import Health, Operations
from limen.http.log import Log
from limen.http.metrics import Metrics
from limen.http.server import Serving, Surface, serve
from tests.http.edge.small import FixedClock, application


async def well():
    pass


def main(port, operations, workers, fuse):
    def make():
        if pathlib.Path(fuse).exists():
            raise RuntimeError("the configuration is broken")
        log, metrics = Log(sys.stdout.buffer, FixedClock()), Metrics()
        return Surface(
            application=application(
                f"http://127.0.0.1:{port}",
                witnesses=(log, metrics),
                on_start=(log.start,),
                on_stop=(metrics.stop, log.stop),
            ),
            operations=Operations(Health(well).routes(metrics)),
        )

    bind, beside = ("127.0.0.1", int(port)), ("127.0.0.1", int(operations))
    return serve(make, Serving(bind=bind, operations=beside, workers=int(workers), drain=5))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
