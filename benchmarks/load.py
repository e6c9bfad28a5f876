"""Load on a server by `wrk`."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from calls import FRESH, Request
from processes import give_core

CONNECTIONS: Final = 8
_DONE: Final = """
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"calls": %d, "us": %d, "p99": %f, "refused": %d, "broken": %d}\\n',
    summary.requests, summary.duration, latency:percentile(99), e.status,
    e.connect + e.read + e.write + e.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """The outcome of one load: its calls, its seconds and the p99 of the latency in milliseconds."""

    calls: int
    seconds: float
    p99: float

    @property
    def rate(self) -> float:
        """Calls per second."""
        return self.calls / self.seconds


def need_wrk() -> None:
    """Ends the benchmark if `wrk` is missing."""
    if shutil.which("wrk") is None:
        sys.exit("this part of the benchmark needs wrk on the PATH: apt-get install wrk")


def load(url: str, requests: Sequence[Request], seconds: int) -> Load:
    """Sends the requests in turn over 8 connections, from the last core; a reply but 2xx ends all."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as script:
        script.write(lua(requests))
        script.flush()
        words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script.name, url]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            give_core(process.pid, -1)
            output, _ = process.communicate()
    if process.returncode:
        sys.exit(f"wrk ended with {process.returncode}")
    outcome = json.loads(output.splitlines()[-1])
    if outcome["refused"] or outcome["broken"]:
        sys.exit(f"{requests[0].method} {url}{requests[0].target} failed under load: {outcome}")
    # A server that has just started on a busy machine may answer no call in its first second.
    return Load(outcome["calls"], outcome["us"] / 1e6, outcome["p99"] / 1000)


def lua(requests: Sequence[Request]) -> str:
    """The requests as a wrk script."""
    lines = ["math.randomseed(os.time())", "local all, at = {}, 0"]
    lines += [f"all[{number}] = {_table(request)}" for number, request in enumerate(requests, 1)]
    lines += [
        "request = function()",
        f"  at = at % {len(requests)} + 1",
        "  local one = all[at]",
        "  local body = one[4]",
        f'  if body then body = string.gsub(body, "{FRESH}", string.format("%d", math.random(1, 2^52))) end',
        "  return wrk.format(one[1], one[2], one[3], body)",
        "end",
    ]
    return "\n".join(lines) + _DONE


def _table(request: Request) -> str:
    headers = ", ".join(
        f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in request.headers.items()
    )
    body = json.dumps(request.body) if request.body else "nil"
    return f"{{{json.dumps(request.method)}, {json.dumps(request.target)}, {{{headers}}}, {body}}}"
