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
from contextlib import ExitStack
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
# What the peer did on the machine the goals were set on: a goal is also a multiple of that.
PEER_THERE = {
    "discovery": 20_500, "JWKS": 33_000, "client credentials, opaque": 10_900,
    "client credentials, RS256 JWT": 2_230, "client credentials, ES256 JWT": 4_600,
    "introspection": 12_700, "userinfo": 11_800, "refresh, rotating, RS256 ID token": 1_400,
    "code flow, hash apart": 290,
}  # fmt: skip
CHAINS = 64
WARM_SECONDS = 10  # the peer's engine compiles what it runs often: under load it gets quicker for so long


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


def measure(sides, rounds, seconds):
    """Return {side: {row: [Figures]}}; the sides take turns, so that what disturbs one disturbs the other."""
    found = {name: {} for name in sides}
    for row, prepare in ROWS.items():
        work = {name: prepare(op) for name, (op, _) in sides.items()}
        for name, (_, server) in sides.items():
            load.measure(server, *work[name], seconds=WARM_SECONDS)
        for _ in range(rounds):
            for name, (op, server) in sides.items():
                # A chain of refresh tokens goes on where the server stands, so each round begins a new one.
                url, script = prepare(op) if row.startswith("refresh") else work[name]
                found[name].setdefault(row, []).append(load.measure(server, url, script, seconds=seconds))
                print(".", end="", flush=True, file=sys.stderr)
    return found


def flows(sides, rounds, seconds):
    """Return {side: [(flows per CPU second of the server, requests a flow)]}."""
    found = {name: [] for name in sides}
    for op, _ in sides.values():
        flow.load(op, seconds=WARM_SECONDS)
    for _ in range(rounds):
        for name, (op, server) in sides.items():
            before = server.cpu()
            count, requests = flow.load(op, seconds=seconds)
            found[name].append((count / (server.cpu() - before), requests))
            print(".", end="", flush=True, file=sys.stderr)
    return found


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
    """Measure every side in turn; return {side: (rows, seconds to start, memory idle, memory after)}."""
    with ExitStack() as stack:
        sides = _start(stack, folder)
        idle = {name: server.memory() for name, (_, server) in sides.items()}
        rows = measure(sides, options.rounds, options.seconds)
        after = {name: server.memory() for name, (_, server) in sides.items()}
    with ExitStack() as stack:
        sides = _start(stack, folder / "flow", fast_hash=True)
        # Once they have run before: the first start after an installation compiles, as no later one does.
        results = {
            name: (rows[name], server.start_seconds, idle[name], after[name])
            for name, (_, server) in sides.items()
        }
        for name, figures in flows(sides, options.rounds, options.seconds).items():
            results[name][0]["code flow, hash apart"] = figures
    with ExitStack() as stack:
        sides = {"limen": _limen(stack, folder / "argon")}
        figures = flows(sides, options.rounds, options.seconds)["limen"]
        results["limen"][0]["code flow, Argon2id"] = figures
    if options.postgres:
        results["postgres"] = postgres(options, folder)
    return results


def _start(stack, folder, *, fast_hash=False):
    """Start both servers; the one that is not asked anything takes no time from the other."""
    folder.mkdir(exist_ok=True)
    peer = start_peer(folder)
    stack.enter_context(peer[1])
    return {"peer": peer, "limen": _limen(stack, folder / "limen", fast_hash=fast_hash)}


def _limen(stack, at, *, fast_hash=False):
    side = start_limen(at, f"sqlite://{at}/limen.db", fast_hash=fast_hash)
    stack.enter_context(side[1])
    return side


def postgres(options, folder):
    """Measure Limen over a throw-away PostgreSQL; its own CPU is not counted, as the row says."""
    from tests import services

    session = services.open_session()
    try:
        with services.postgres().database() as url:
            op, server = start_limen(folder / "postgres", url)
            with server:
                idle = server.memory()
                rows = measure({"limen": (op, server)}, options.rounds, options.seconds)["limen"]
                return rows, server.start_seconds, idle, server.memory()
    finally:
        services.close_session(session)


def rates(figures):
    """Return what each round did for a CPU second; of flows, only that is known."""
    return [f[0] if isinstance(f, tuple) else f.per_cpu_second for f in figures]


def median(figures):
    p99 = None if isinstance(figures[0], tuple) else statistics.median(f.p99 for f in figures)
    return statistics.median(rates(figures)), p99


def multiple(ours, theirs):
    """Return the median of the rounds' ratios: what slows the machine down slows both of a round."""
    return statistics.median(one / other for one, other in zip(rates(ours), rates(theirs), strict=True))


def _processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")


def _judged(reached, goal, form):
    return f"{goal:{form}} {'✓' if reached >= goal else '✗'}"


def report(options, results):
    """Print the table in Markdown."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    kernel = platform.release().partition("-")[0]
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {psutil.cpu_count()} cores of {_processor()}, Linux {kernel},")
    rounds = f"{options.rounds} rounds of {options.seconds} s, medians"
    print(f"CPython {platform.python_version()}, Node.js {node}; {rounds}.\n")
    print("Requests (flows) per CPU second of the server:\n")
    head = (
        "operation",
        "peer",
        "limen, SQLite",
        "to the peer",
        "goal to the peer",
        "goal",
        "p99 ms, peer",
        "p99 ms",
        "limen, PostgreSQL",
    )
    print(f"| {' | '.join(head)} |")
    print(f"|---{'|---:' * (len(head) - 1)}|")
    peer, limen, other = (results.get(name, ({},))[0] for name in ("peer", "limen", "postgres"))
    for row, goal in GOALS.items():
        ours, p99 = median(limen[row])
        theirs, slowest = median(peer[row]) if row in peer else (None, None)
        ratio = multiple(limen[row], peer[row]) if row in peer else None
        cells = [
            row,
            f"{theirs:,.0f}" if theirs else "–",
            f"{ours:,.0f}",
            f"{ratio:.2f}" if ratio else "–",
            _judged(ratio, goal / PEER_THERE[row], ".2f") if ratio else "–",
            _judged(ours, goal, ","),
            f"{slowest:.1f}" if slowest else "–",
            f"{p99:.1f}" if p99 else "–",
            f"{median(other[row])[0]:,.0f}" if row in other else "–",
        ]
        print(f"| {' | '.join(cells)} |")
    for name, (_, start, idle, after) in results.items():
        memory = f"memory {idle:.0f} MiB idle, {after:.0f} MiB after the load"
        print(f"\n{name}: first answer after {start:.2f} s; {memory}")


if __name__ == "__main__":
    main()
