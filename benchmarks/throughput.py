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
from processes import announced, script, serve, serve_has

NO_KEPT_REPLIES: Final = "--no-kept-replies"
_OURS: Final = "mockserver"


@dataclass(frozen=True)
class Effort:
    """How long is measured: rounds, seconds of load in each, seconds of warm-up of the other mock servers."""

    rounds: int = 5
    seconds: int = 2
    warm_up: int = 30


Side = Mapping[str, tuple[str, tuple[Request, ...]]]
"""What one server is sent: for each call its URL and requests."""


def throughput(figures: Figures, effort: Effort, with_peers: bool, kept_replies: bool) -> None:
    """The calls on `mockserver serve`, on a bare Flask view and, if asked for, on Prism and WireMock."""
    need_wrk()
    figures.topic("throughput")
    options = _without_kept_replies() if not kept_replies else ()
    with ExitStack() as stack:
        url = stack.enter_context(serve(*options)).url
        shots = prepare(url)
        sides: dict[str, Side] = {"bare Flask": stack.enter_context(bare(shots))}
        if with_peers:
            for name, peer in stack.enter_context(peers.serving(shots)).items():
                figures.add(name, "time to ready", peer.ready, "s")
                sides[name] = direct(peer.url, shots)
                _warm_up(sides[name], effort.warm_up)
        sides[_OURS] = direct(url, shots)
        for shot in shots:
            compare(figures, shot.name, shot.name, sides, effort)


def stores(figures: Figures, effort: Effort, postgres: str | None) -> None:
    """The calls on each store, by one and by two workers, all in the same run."""
    need_wrk()
    figures.topic("stores")
    with tempfile.TemporaryDirectory() as files, ExitStack() as stack:
        options: dict[str, tuple[str, ...]] = {"memory, 1 worker": ()}
        for workers in (1, 2):
            words: tuple[str, ...] = ("--workers", str(workers), "--store")
            options[f"file, {workers} worker"] = (*words, f"sqlite:///{files}/{workers}.db")
            if postgres:
                options[f"PostgreSQL, {workers} worker"] = (*words, postgres)
        for number, (store, words) in enumerate(options.items()):
            url = stack.enter_context(serve(*words)).url
            shots = prepare(url, f"{WORLD}{number}")
            if number == 0:
                plain = stack.enter_context(bare(shots))
            for shot in shots:
                sides: dict[str, Side] = {"bare Flask": plain, _OURS: direct(url, shots)}
                compare(figures, f"{store}: {shot.name}", shot.name, sides, effort)


@contextmanager
def bare(shots: Sequence[Shot]) -> Iterator[Side]:
    """A bare Flask view that sends the replies of these calls."""
    with tempfile.TemporaryDirectory() as folder:
        replies = Path(folder) / "replies.json"
        replies.write_text(json.dumps({_slug(shot.name): json.loads(shot.reply) for shot in shots}))
        with announced(script("bare.py", str(replies))) as served:
            yield {shot.name: (served.url, _below(shot)) for shot in shots}


def direct(url: str, shots: Sequence[Shot]) -> Side:
    """The calls as they are, on this server."""
    return {shot.name: (url, shot.requests) for shot in shots}


def compare(figures: Figures, row: str, call: str, sides: Mapping[str, Side], effort: Effort) -> None:
    """One row; rounds alternate between the servers, so that a change of the machine's speed affects all."""
    rounds = [_round(call, sides, effort.seconds) for _ in range(effort.rounds)]
    for name in sides:
        figures.add(row, f"{name} calls/s", median(one[name].rate for one in rounds))
    for name in sides:
        if name != _OURS:
            ratio = median(one[_OURS].rate / one[name].rate for one in rounds)
            figures.add(row, f"ratio to {name}", ratio)
    for name in sides:
        figures.add(row, f"{name} p99", median(one[name].p99 for one in rounds), "ms")


def _round(call: str, sides: Mapping[str, Side], seconds: int) -> dict[str, Load]:
    return {name: load(*side[call], seconds) for name, side in sides.items()}


def _warm_up(side: Side, seconds: int) -> None:
    for url, requests in side.values():
        load(url, requests, max(1, round(seconds / len(side))))


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
