"""Load with wrk from the other core; every figure is checked: a failed request spoils the row."""

import base64
import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from urllib.parse import urlencode

from bench.servers import LOAD_CORE

_UNIT = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Figures:
    """One run: requests per second, per CPU second of the server, and the 99th percentile in ms."""

    per_second: float
    per_cpu_second: float
    p99: float


def basic(client_id, secret):
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def get(headers=None):
    """Return a wrk script that gets."""
    return "".join(f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}\n" for k, v in (headers or {}).items())


def post(form, headers):
    """Return a wrk script that posts one form over and over."""
    return f'wrk.method = "POST"\nwrk.body = {json.dumps(urlencode(form))}\n' + get(
        {"Content-Type": FORM, **headers}
    )


def chain(tokens, headers):
    """Return a wrk script that refreshes each token, then its successor, and so on."""
    return (
        get({"Content-Type": FORM, **headers})
        + f"pool = {{{', '.join(json.dumps(token) for token in tokens)}}}\n"
        + """
function request()
  local token = table.remove(pool, 1)
  return wrk.format("POST", nil, nil, "grant_type=refresh_token&refresh_token=" .. (token or "none"))
end
function response(status, headers, body)
  local token = string.match(body, '"refresh_token":"([^"]+)"')
  if token then table.insert(pool, token) end
end
"""
    )


def measure(server, url, script, *, seconds, connections=16):
    """Run wrk once; RuntimeError when a request failed."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        options = [
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--latency",
            "--timeout",
            "10s",
            "-s",
            file.name,
        ]
        before = server.cpu()
        done = subprocess.run(
            ["taskset", "-c", LOAD_CORE, "wrk", *options, url], capture_output=True, text=True, check=True
        )
        spent = server.cpu() - before
    return _figures(done.stdout, spent)


def _figures(text, spent):
    if bad := re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", text):
        raise RuntimeError(f"requests failed: {bad[0]}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    count = re.search(r"(\d+) requests in", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", text)
    if not (rate and count and p99):
        raise RuntimeError(f"wrk said: {text}")
    return Figures(float(rate[1]), int(count[1]) / spent, float(p99[1]) * _UNIT[p99[2]])
