"""Watched: what it costs a server that somebody follows the calls of a world."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from subprocess import PIPE
from typing import Final

from calls import WORLD, Client, Request, prepare
from figures import Figures
from processes import Served, cpu_seconds, running, serve

_RATE: Final = 300  # calls a second
_AIM: Final = 0.03  # of a core, and so of the throughput
_WATCHER: Final = """
import sys, urllib.request
lines = (line for line in urllib.request.urlopen(sys.argv[1]) if line.startswith(b"id: "))
print(next(lines), flush=True)
for line in lines: pass
"""
"""In a process of its own: it would hold up the client otherwise."""


def watched(figures: Figures, seconds: int, rounds: int) -> None:
    """The CPU time of calls at a steady rate, and of as many as possible, with and without a watcher."""
    figures.topic("watched calls")
    with serve() as served:
        shot = prepare(served.url)[1]
        client = Client(served.url)
        shares: dict[int, list[float]] = {0: [], 1: []}
        rates: dict[int, list[float]] = {0: [], 1: []}
        for _ in range(rounds):  # in turn, so that a change of the machine's speed concerns both
            for count in shares:
                with _watching(served, count):
                    shares[count].append(_share(served, client, shot.requests, seconds))
                    rates[count].append(_rate(client, shot.requests, seconds))
        client.close()
    alone, followed = (min(shares[count]) for count in (0, 1))
    row = f"get, varying, {_RATE} calls/s"
    figures.add(row, "of a core, unwatched", alone)
    figures.add(row, "more with a watcher", followed - alone, aim=_AIM)
    figures.add("get, varying, one client", "ratio of the rate with a watcher", max(rates[1]) / max(rates[0]))


@contextmanager
def _watching(served: Served, count: int) -> Iterator[None]:
    with ExitStack() as stack:
        url = f"{served.url}/_mock/worlds/{WORLD}/journal/stream"
        command = (sys.executable, "-c", _WATCHER, url)
        watchers = [stack.enter_context(running(command, stdout=PIPE)) for _ in range(count)]
        time.sleep(count)  # until it has connected
        yield
        for watcher in watchers:
            assert watcher.stdout is not None
            if not watcher.stdout.readline():
                raise SystemExit("the watcher has seen no call")


def _share(served: Served, client: Client, requests: tuple[Request, ...], seconds: int) -> float:
    """The part of a core that calls at the steady rate use."""
    before, began = cpu_seconds(served.pid), time.perf_counter()
    for number in range(_RATE * seconds):
        client.ok(requests[number % len(requests)])
        time.sleep(max(0.0, began + (number + 1) / _RATE - time.perf_counter()))
    return (cpu_seconds(served.pid) - before) / (time.perf_counter() - began)


def _rate(client: Client, requests: tuple[Request, ...], seconds: int) -> float:
    """The calls a second of one client that sends them one after another."""
    began, number = time.perf_counter(), 0
    while time.perf_counter() < began + seconds:
        client.ok(requests[number % len(requests)])
        number += 1
    return number / (time.perf_counter() - began)
