"""make bench: Limen beside its peer, in one run on one machine (docs/performance.md).

Each server has one core to itself, wrk the other. The candidates take turns, round after round; medians
are shown. Requests per CPU second of the server is the figure to compare; a failed request stops the run.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench import flow, load
from bench.load import basic
from bench.servers import LOAD_CORE
from bench.sides import SECRET, start_limen, start_peer

GOALS = {
    "discovery": 45_000, "JWKS": 45_000, "client credentials, opaque": 22_000,
    "client credentials, RS256 JWT": 2_800, "client credentials, ES256 JWT": 11_000,
    "introspection": 25_000, "userinfo": 25_000, "refresh, rotating, RS256 ID token": 2_500,
    "code flow, hash apart": 700, "code flow, Argon2id": 40,
}  # fmt: skip
CHAINS = 64


def client_credentials(client_id, scope="api"):
    form = {"grant_type": "client_credentials", "scope": scope}
    return lambda op: (op.token, load.post(form, {"Authorization": basic(client_id, SECRET)}))


def with_token(make):
    def script(op):
        token = flow.run(flow.Browser(), op, scope="openid profile email")["access_token"]
        return make(op, token)

    return script


def refreshing(op):
    tokens = [
        flow.run(flow.Browser(), op, scope="openid offline_access")["refresh_token"] for _ in range(CHAINS)
    ]
    return op.token, load.chain(tokens, {"Authorization": op.authorization})


ROWS = {
    "discovery": lambda op: (op.discovery, load.get()),
    "JWKS": lambda op: (op.jwks, load.get()),
    "client credentials, opaque": client_credentials("opaque"),
    "client credentials, RS256 JWT": client_credentials("rs256"),
    "client credentials, ES256 JWT": client_credentials("es256"),
    "introspection": with_token(
        lambda op, token: (op.introspect, load.post({"token": token}, {"Authorization": op.authorization}))
    ),
    "userinfo": with_token(lambda op, token: (op.userinfo, load.get({"Authorization": f"Bearer {token}"}))),
    "refresh, rotating, RS256 ID token": refreshing,
}


def measure(side, rounds, seconds):
    """Return {row: [Figures]} and what the server cost beside."""
    op, server = side
    found = {}
    for name, prepare in ROWS.items():
        url, script = prepare(op)
        load.measure(server, url, script, seconds=1)
        if name.startswith("refresh"):
            url, script = prepare(op)
        for _ in range(rounds):
            if name.startswith("refresh"):
                url, script = prepare(op)
            found.setdefault(name, []).append(load.measure(server, url, script, seconds=seconds))
            print(".", end="", flush=True, file=sys.stderr)
    return found


def flows(side, seconds):
    """Return flows per CPU second of the server."""
    op, server = side
    flow.load(op, seconds=1)
    before = server.cpu()
    count, requests = flow.load(op, seconds=seconds)
    return count / (server.cpu() - before), requests


def main():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgres", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    with tempfile.TemporaryDirectory(prefix="limen-bench-") as text:
        folder = Path(text)
        report(options, run(options, folder))


def run(options, folder):
    """Measure every side in turn."""
    sides = {
        "peer": lambda at: start_peer(folder),
        "limen": lambda at: start_limen(at, f"sqlite://{at}/limen.db"),
    }
    results = {}
    for name, start in sides.items():
        (folder / name).mkdir()
        side = start(folder / name)
        with side[1] as server:
            idle = server.memory()
            rows = measure(side, options.rounds, options.seconds)
            results[name] = (rows, server.start_seconds, idle, server.memory())
    fast = {"peer": lambda at: start_peer(folder)}
    fast["limen"] = lambda at: start_limen(at, f"sqlite://{at}/limen.db", fast_hash=True)
    for name, start in fast.items():
        side = start(folder / f"{name}-flow")
        with side[1]:
            results[name][0]["code flow, hash apart"] = [flows(side, options.seconds)]
    side = start_limen(folder / "argon", f"sqlite://{folder}/argon/limen.db")
    with side[1]:
        results["limen"][0]["code flow, Argon2id"] = [flows(side, options.seconds)]
    if options.postgres:
        results["postgres"] = postgres(options, folder)
    return results


def postgres(options, folder):
    """Measure Limen over a throw-away PostgreSQL; its own CPU is not counted, as the row says."""
    from tests import services

    session = services.open_session()
    try:
        with services.postgres().database() as url:
            side = start_limen(folder / "postgres", url)
            with side[1] as server:
                return (
                    measure(side, options.rounds, options.seconds),
                    server.start_seconds,
                    0,
                    server.memory(),
                )
    finally:
        services.close_session(session)


def median(figures):
    if isinstance(figures[0], tuple):
        return statistics.median(rate for rate, _ in figures), None
    return statistics.median(f.per_cpu_second for f in figures), statistics.median(f.p99 for f in figures)


def _processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")


def report(options, results):
    """Print the table in Markdown."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    model = _processor()
    print(
        f"\n{datetime.now(UTC):%Y-%m-%d}, {psutil.cpu_count()} cores of {model}, Linux {platform.release()},"
    )
    rounds = f"{options.rounds} rounds of {options.seconds} s, medians"
    print(f"CPython {platform.python_version()}, Node.js {node}; {rounds}.\n")
    print("Requests (flows) per CPU second of the server:\n")
    print("| operation | peer | limen, SQLite | ratio | goal | p99 ms | limen, PostgreSQL |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    peer, limen, other = (results.get(name, ({},))[0] for name in ("peer", "limen", "postgres"))
    for row, goal in GOALS.items():
        ours, p99 = median(limen[row])
        theirs = median(peer[row])[0] if row in peer else None
        cells = [
            row,
            f"{theirs:,.0f}" if theirs else "–",
            f"{ours:,.0f}",
            f"{ours / theirs:.1f}" if theirs else "–",
            f"{goal:,} {'✓' if ours >= goal else '✗'}",
            f"{p99:.1f}" if p99 else "–",
            f"{median(other[row])[0]:,.0f}" if row in other else "–",
        ]
        print(f"| {' | '.join(cells)} |")
    for name, (_, start, idle, after) in results.items():
        memory = f"memory {idle:.0f} MiB idle, {after:.0f} MiB after the load"
        print(f"\n{name}: first answer after {start:.2f} s; {memory}")


if __name__ == "__main__":
    main()
