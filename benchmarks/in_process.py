"""Calls in this process, without a server between: a script that other parts of the benchmark run.

    python benchmarks/in_process.py microseconds ROUNDS CALLS
    python benchmarks/in_process.py mark CALLS        # calls, with a mark between that valgrind sees
    python benchmarks/in_process.py mark-without-effects CALLS
    python benchmarks/in_process.py serve-marks       # a server; each line on its input sets a mark
    python benchmarks/in_process.py first PEOPLE      # the first call to a vendor and the next calls
    python benchmarks/in_process.py sizes PEOPLE      # fork, diff and reset

Each prints one line of JSON at its end.
"""

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any, Final

from calls import CONTACTS, DEFAULT, FRESH, WORLD, Request, Shot, create_contact, prepare, to_vendor

from mockserver import Control, Server, create_app
from mockserver.call import Call
from mockserver.pipeline.handler import handle_call
from mockserver.state.records import Index, Records

NAMES: Final = ("get, varying", "list of 20", "create")
"""The calls that are measured in process."""

CONTACTS_OF_MARKS: Final = 50
_FRESH_FROM: Final = 1_000_000
_WARM_UP: Final = 30
_FORKS: Final = 200
_CREATES: Final = 20


class Caller:
    """Sends requests to the pipeline of an application."""

    def __init__(self, app: Any) -> None:
        self.worlds = app.context.worlds
        self._vendors = app.context.vendors
        self._number = _FRESH_FROM
        self._next: dict[str, int] = {}

    def call(self, request: Request, world: str | None = WORLD) -> None:
        """Makes one call; a fresh number for each."""
        self._number += 1
        raw = request.body.replace(FRESH, str(self._number)).encode()
        headers = {name.lower(): value for name, value in request.headers.items()}
        headers["host"] = "127.0.0.1"
        if raw:
            headers["content-length"] = str(len(raw))
        origin = f"http://127.0.0.1{request.prefix}"
        call = Call(request.method, request.path, "", headers, raw, origin, "127.0.0.1")
        reply = handle_call(self.worlds, self._vendors[request.vendor], call, world)
        assert 200 <= reply.status < 300, (request.target, reply)

    def repeat(self, shot: Shot, calls: int) -> None:
        """Makes calls, the requests of the shot in turn; goes on where it stopped."""
        begin = self._next.get(shot.name, 0)
        for number in range(begin, begin + calls):
            self.call(shot.requests[number % len(shot.requests)])
        self._next[shot.name] = begin + calls


def prepared(contacts: int = CONTACTS) -> tuple[Caller, dict[str, Shot]]:
    """An application with the world of the benchmark, and the calls by name."""
    app = create_app()
    with Server(app) as server:
        shots = prepare(server.url, contacts=contacts)
    return Caller(app), {shot.name: shot for shot in shots if shot.name in NAMES}


def microseconds(rounds: int, calls: int) -> dict[str, float]:
    """Microseconds of each call: the mean of a round, of the best round."""
    caller, shots = prepared()
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, shot in shots.items():
            took = timed(lambda: caller.repeat(shot, calls)) / calls * 1e6  # noqa: B023
            best[name] = min(best.get(name, took), took)
    return best


def mark(calls: int) -> list[str]:
    """For each call: warm-up, mark, `calls` calls, mark, twice as many, mark."""
    caller, shots = prepared(CONTACTS_OF_MARKS)
    begin_marks()
    for shot in shots.values():
        caller.repeat(shot, _WARM_UP)
        set_mark()
        caller.repeat(shot, calls)
        set_mark()
        caller.repeat(shot, 2 * calls)
        set_mark()
    return list(shots)


def mark_without_effects(calls: int) -> list[str]:
    """As `mark`, by an engine that does not note what a call changes."""
    records, index = Records.__init__, Index.__init__
    Records.__init__ = lambda self, space, kind, serial, log=None: records(self, space, kind, serial)  # type: ignore[method-assign]
    Index.__init__ = lambda self, space, kind, log=None: index(self, space, kind)  # type: ignore[method-assign]
    return mark(calls)


def begin_marks() -> None:
    """Makes valgrind count from here on: preparations are many times faster without.

    The garbage collector is off from here on: it would run in one measurement and not in the other.
    """
    gc.collect()
    gc.disable()
    subprocess.run(["callgrind_control", "--instr=on", str(os.getpid())], stdout=sys.stderr, check=True)


def set_mark() -> None:
    """Calls a C function that nothing else calls: callgrind writes its counters down when it is entered."""
    os.getloadavg()


def serve_marks() -> list[str]:
    """Serves a world for the calls; every line on standard input sets a mark."""
    with Server(create_app()) as server:
        print(server.url, flush=True)
        sys.stdin.readline()
        begin_marks()
        print("counting", flush=True)
        for _ in sys.stdin:
            set_mark()
            print("marked", flush=True)
    return []


def first(people: int) -> dict[str, dict[str, float]]:
    """Seconds of the first call to a vendor in a new world, and of the median of the next ones."""
    app = create_app(people=people)
    with Server(app) as server:
        world = Control(server.url).world()
        calls = first_calls(world)
    caller = Caller(app)
    found = {}
    for vendor, request in calls.items():
        start = timed(lambda: caller.call(request, None))  # noqa: B023
        rest = median(timed(lambda: caller.call(request, None)) for _ in range(100))  # noqa: B023
        found[vendor] = {"first": start, "next": rest}
    return found


def first_calls(world: Any) -> dict[str, Request]:
    """A read of each vendor that takes its credential in a header."""
    return {
        "fanfare": to_vendor(world, "fanfare", "/api/v1/audiences"),
        "voyado": to_vendor(world, "voyado", "/api/v3/contacts/count"),
        "ortto": to_vendor(world, "ortto", "/v1/audiences/get", {"limit": 20}),
    }


def sizes(people: int) -> dict[str, float]:
    """Seconds of a fork, of a diff and of a reset of a world in which 20 contacts were created.

    The diff is asked for over HTTP.
    """
    app = create_app(people=people)
    caller, worlds = Caller(app), app.context.worlds
    with Server(app) as server:
        control = Control(server.url)
        caller.call(create_contact(control.world()), None)
        forks = [timed(lambda: worlds.fork(DEFAULT, f"w{number}")) for number in range(_FORKS)]  # noqa: B023
        diffs, resets = [], []
        for number in range(_FORKS):
            world = control.world(f"w{number}")
            create = create_contact(world)
            for _ in range(_CREATES):
                caller.call(create, world.name)
            diffs.append(timed(world.diff))
            resets.append(timed(lambda: worlds.reset(world.name)))  # noqa: B023
    return {"fork": median(forks), "diff": median(diffs), "reset": median(resets)}


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


_MODES: Final[Mapping[str, Callable[..., object]]] = {
    "microseconds": microseconds,
    "mark": mark,
    "mark-without-effects": mark_without_effects,
    "serve-marks": serve_marks,
    "first": first,
    "sizes": sizes,
}


if __name__ == "__main__":
    print(json.dumps(_MODES[sys.argv[1]](*map(int, sys.argv[2:]))))
