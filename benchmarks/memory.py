"""Memory of a server, what a person costs, and what a world costs: fork, reset, pages of a large audience."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Final

from calls import Client, Request, prepare, to_vendor
from figures import Figures
from in_process import first_calls, timed
from load import load, need_wrk
from processes import resident, result_of, script, serve

from mockserver import Control

_FEW: Final = 200
_MIB: Final = 1024 * 1024
_COMPARED: Final = 50


def memory(figures: Figures, calls: int, checkpoints: int) -> None:
    """Resident memory after the start, and after many reads."""
    need_wrk()
    figures.topic("memory")
    with serve() as served:
        figures.add("after the start", "resident", resident(served.pid), "MiB")
        requests = [request for shot in prepare(served.url)[1:3] for request in shot.requests]
        figures.add("with one more world", "resident", resident(served.pid), "MiB")
        first = 0.0
        for number in range(1, checkpoints + 1):
            _send(served.url, requests, calls // checkpoints)
            now = resident(served.pid)
            first = first or now
            figures.add(f"after {calls * number // checkpoints:,} calls", "resident", now, "MiB")
        figures.add("from the first count to the last", "growth", now - first, "MiB")


def people(figures: Figures, numbers: Sequence[int]) -> None:
    """Bytes a person, when every vendor that takes its credential in a header has been called."""
    figures.topic("people")
    few = _loaded(_FEW)
    for number in numbers:
        size = (_loaded(number) - few) * _MIB / (number - _FEW)
        figures.add(f"{number:,} people", "resident memory a person", size, "bytes")


def sizes(figures: Figures, numbers: Sequence[int]) -> None:
    """Fork, diff and reset, which should not depend on the number of people."""
    figures.topic("worlds")
    for number in numbers:
        found = result_of(script("in_process.py", "sizes", str(number)))
        for name, aim in (("fork", 0.3), ("diff", 5), ("reset", 0.3)):
            figures.add(f"{number:,} people", name, found[name] * 1000, "ms", aim)


def pages(figures: Figures, number: int) -> None:
    """Walks the audience of everybody by its cursors: a page should cost the same wherever it is."""
    figures.topic("pages")
    with serve("--people", str(number)) as served:
        world = Control(served.url, timeout=600).world()
        client = Client(served.url)
        rule = {"field": "createdAt", "operator": "EXISTS", "values": []}
        body = {"name": "Everybody", "type": "DYNAMIC", "rules": [rule]}
        create = to_vendor(world, "fanfare", "/api/v1/audiences", body)
        id = json.loads(client.ok(create))["id"]
        world.clock.advance(minutes=1)
        first = to_vendor(world, "fanfare", f"/api/v1/audiences/{id}/members?first=100")
        members, cursors = _walk(client, first)
        last = _after(first, cursors[-1])
        pairs = [[timed(lambda: client.ok(one)) for one in (first, last)] for _ in range(_COMPARED)]  # noqa: B023
        row = f"{members:,} members, {len(cursors)} pages"
        figures.add(row, "last page to first page", median(far / near for near, far in pairs))
        client.close()


def _walk(client: Client, first: Request) -> tuple[int, list[str]]:
    """The number of members, and the cursor that each page but the first was found by."""
    members = 0
    cursors: list[str] = []
    page = json.loads(client.ok(first))
    while page["data"]:
        members += len(page["data"])
        cursors.append(page["pageInfo"]["endCursor"])
        page = json.loads(client.ok(_after(first, cursors[-1])))
    return members, cursors[:-1]


def _after(request: Request, cursor: str) -> Request:
    return replace(request, path=f"{request.path}&after={cursor}")


def _loaded(number: int) -> float:
    """The resident memory of a server with this many people, in MiB, after a call to each vendor."""
    with serve("--people", str(number)) as served:
        client = Client(served.url)
        for request in first_calls(Control(served.url).world()).values():
            client.ok(request)
        client.close()
        return resident(served.pid)


def _send(url: str, requests: Sequence[Request], calls: int) -> None:
    """Sends at least this many calls."""
    done = load(url, requests, 1)
    sent, rate = done.calls, done.rate
    while sent < calls:
        sent += load(url, requests, math.ceil((calls - sent) / rate)).calls
