"""Calls per second and p99, compared with a bare Flask view (and with other mock servers) in the same run."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Final

import peers
from calls import WORLD, Request, Shot, prepare
from figures import Figures
from load import Load, load, need_wrk
from processes import Served, announced, cpu_seconds, give_core, script, serve, serve_has

NO_KEPT_REPLIES: Final = "--no-kept-replies"
_OURS: Final = "mockserver"


@dataclass(frozen=True)
class Effort:
    """How long is measured: rounds, seconds of load in each, seconds of warm-up of the other mock servers."""

    rounds: int = 5
    seconds: int = 2
    warm_up: int = 30


@dataclass(frozen=True)
class Side:
    """One of the servers that are compared, and what it is sent for each call."""

    server: Served
    requests: Mapping[str, tuple[Request, ...]]

    def load(self, call: str, seconds: int) -> tuple[Load, float]:
        """The outcome of a load, and the microseconds of CPU time that the server used for a call."""
        before = cpu_seconds(self.server.pid)
        done = load(self.server.url, self.requests[call], seconds)
        return done, (cpu_seconds(self.server.pid) - before) / max(1, done.calls) * 1e6


def throughput(figures: Figures, effort: Effort, with_peers: bool, kept_replies: bool) -> None:
    """The calls on `mockserver serve`, on a bare Flask view and, if asked for, on Prism and WireMock."""
    need_wrk()
    options = _without_kept_replies() if not kept_replies else ()
    with ExitStack() as stack:
        ours = stack.enter_context(serve(*options))
        shots = prepare(ours.url)
        sides: dict[str, Side] = {"bare Flask": stack.enter_context(bare(shots))}
        if with_peers:
            figures.topic("other mock servers")
            for name, peer in stack.enter_context(peers.serving(shots)).items():
                figures.add(name, "time to ready", peer.ready, "s")
                sides[name] = direct(peer, shots)
                _warm_up(sides[name], effort.warm_up)
        sides[_OURS] = direct(ours, shots)
        for side in sides.values():
            give_core(side.server.pid, 0)
        figures.topic("throughput")
        for shot in shots:
            compare(figures, shot.name, shot.name, sides, effort)


def stores(figures: Figures, effort: Effort, postgres: str | None) -> None:
    """The calls on each store, by one and by two workers, all in the same run."""
    need_wrk()
    figures.topic("stores")
    with tempfile.TemporaryDirectory() as files, ExitStack() as stack:
        options: dict[str, tuple[str, ...]] = {"memory": ()}
        for workers in (1, 2):
            words: tuple[str, ...] = ("--workers", str(workers), "--store")
            options[f"file, workers: {workers}"] = (*words, f"sqlite:///{files}/{workers}.db")
            if postgres:
                options[f"PostgreSQL, workers: {workers}"] = (*words, postgres)
        for number, (store, words) in enumerate(options.items()):
            ours = stack.enter_context(serve(*words))
            shots = prepare(ours.url, f"{WORLD}{number}")
            if number == 0:
                plain = stack.enter_context(bare(shots))
            for shot in shots:
                sides: dict[str, Side] = {"bare Flask": plain, _OURS: direct(ours, shots)}
                compare(figures, f"{shot.name}; {store}", shot.name, sides, effort)


@contextmanager
def bare(shots: Sequence[Shot]) -> Iterator[Side]:
    """A bare Flask view that sends the replies of these calls."""
    with tempfile.TemporaryDirectory() as folder:
        replies = Path(folder) / "replies.json"
        replies.write_text(json.dumps({_slug(shot.name): json.loads(shot.reply) for shot in shots}))
        with announced(script("bare.py", str(replies))) as served:
            yield Side(served, {shot.name: _below(shot) for shot in shots})


def direct(server: Served, shots: Sequence[Shot]) -> Side:
    """A server that is sent the calls as they are."""
    return Side(server, {shot.name: shot.requests for shot in shots})


def compare(figures: Figures, row: str, call: str, sides: Mapping[str, Side], effort: Effort) -> None:
    """One row; rounds alternate between the servers, so that a change of the machine's speed affects all.

    CPU time depends less than calls per second on what else the machine does.
    """
    rounds = [{name: sides[name].load(call, effort.seconds) for name in sides} for _ in range(effort.rounds)]
    others = [name for name in sides if name != _OURS]
    for name in others:
        ratio = median(one[_OURS][0].rate / one[name][0].rate for one in rounds)
        figures.add(row, f"ratio to {name}", ratio)
    for name in others:
        figures.add(
            row, f"ratio of CPU time to {name}", median(one[_OURS][1] / one[name][1] for one in rounds)
        )
    for name in sides:
        figures.add(row, f"{name} rate", median(one[name][0].rate for one in rounds), "calls/s")
    for name in sides:
        figures.add(row, f"{name} CPU time", median(one[name][1] for one in rounds), "µs")
    for name in sides:
        figures.add(row, f"{name} p99", median(one[name][0].p99 for one in rounds), "ms")


def _warm_up(side: Side, seconds: int) -> None:
    for call in side.requests:
        side.load(call, max(1, round(seconds / len(side.requests))))


def _below(shot: Shot) -> tuple[Request, ...]:
    """The requests of a shot, for the bare view."""
    varied = len(shot.requests) > 1
    start = f"/{_slug(shot.name)}"
    return tuple(replace(one, prefix="", path=start + one.path if varied else start) for one in shot.requests)


def _slug(name: str) -> str:
    return name.replace(", ", "-").replace(" ", "-")


def _without_kept_replies() -> tuple[str, ...]:
    if serve_has(NO_KEPT_REPLIES):
        return (NO_KEPT_REPLIES,)
    print(f"`mockserver serve` has no option {NO_KEPT_REPLIES} here: measured as it is")
    return ()
