"""The benchmark: throughput, instructions, start, memory and waiting times.

    python benchmarks/bench.py                          # everything but the stores and the other mock servers
    python benchmarks/bench.py --quick                  # less of it, for use while developing
    python benchmarks/bench.py throughput --peers       # one topic; with Prism and WireMock
    python benchmarks/bench.py stores --postgres URL    # an empty database
    python benchmarks/bench.py --json FILE              # for benchmarks/render.py

Each figure is printed when it is known. It measures the package that this Python imports. Needs `wrk` and
`valgrind`. docs/explanation/performance.md describes the figures and what not to conclude from them.
"""

import argparse
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import head_of_line
import instructions
import memory
import startup
import watched
from figures import Figures
from machine import machine
from throughput import Effort, stores, throughput


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    quick: bool
    peers: bool
    kept_replies: bool
    million: bool
    postgres: str | None

    @property
    def effort(self) -> Effort:
        """The duration of each load."""
        return Effort(2, 1, 6) if self.quick else Effort()


def main() -> None:
    """Measures the topics that were asked for."""
    asked = _parser().parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # programs start as they do for users, from byte code
    options = Options(asked.quick, asked.peers, not asked.no_kept_replies, asked.million, asked.postgres)
    described, figures, began = machine(), Figures(), time.monotonic()
    omitted = OMITTED_IF_QUICK if asked.quick else OMITTED
    for topic in asked.topics or [name for name in TOPICS if name not in omitted]:
        TOPICS[topic](figures, options)
        if asked.json:  # after every topic: a run that is interrupted has written what it measured
            figures.write(asked.json, described, vars(options))
    print(f"\ntook {time.monotonic() - began:.0f} s")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("topics", nargs="*", metavar="TOPIC", type=_topic, help=", ".join(TOPICS))
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller worlds")
    parser.add_argument("--peers", action="store_true", help="throughput of Prism and WireMock (npm), too")
    parser.add_argument("--no-kept-replies", action="store_true", help="serve without kept replies")
    parser.add_argument("--million", action="store_true", help="memory of 1,000,000 people, too")
    parser.add_argument("--postgres", metavar="URL", help="an empty database for the topic stores")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures and the machine to FILE")
    return parser


def _throughput(figures: Figures, options: Options) -> None:
    throughput(figures, options.effort, options.peers, options.kept_replies)


def _stores(figures: Figures, options: Options) -> None:
    stores(figures, options.effort, options.postgres)


def _in_process(figures: Figures, options: Options) -> None:
    instructions.microseconds(figures, 150 if options.quick else 500)


def _instructions(figures: Figures, options: Options) -> None:
    instructions.instructions(figures, 50 if options.quick else 150)


def _start(figures: Figures, options: Options) -> None:
    startup.startup(figures, 2 if options.quick else 7)


def _pytest(figures: Figures, options: Options) -> None:
    startup.plugin(figures, *((5, 50) if options.quick else (30, 300)))


def _memory(figures: Figures, options: Options) -> None:
    memory.memory(figures, *((6_000, 2) if options.quick else (300_000, 3)))


def _people(figures: Figures, options: Options) -> None:
    if options.quick:
        memory.people(figures, (5_000,))
    else:
        memory.people(figures, (100_000, 1_000_000) if options.million else (100_000,))


def _worlds(figures: Figures, options: Options) -> None:
    memory.sizes(figures, (200,) if options.quick else (200, 100_000))


def _pages(figures: Figures, options: Options) -> None:
    memory.pages(figures, 3_000 if options.quick else 100_000)


def _head_of_line(figures: Figures, options: Options) -> None:
    head_of_line.head_of_line(figures, *((5_000, 500) if options.quick else (100_000, 10_000)))


def _watched(figures: Figures, options: Options) -> None:
    watched.watched(figures, *((3, 2) if options.quick else (10, 3)))


TOPICS: Final[Mapping[str, Callable[[Figures, Options], None]]] = {
    "throughput": _throughput,
    "in-process": _in_process,
    "instructions": _instructions,
    "start": _start,
    "pytest": _pytest,
    "memory": _memory,
    "people": _people,
    "worlds": _worlds,
    "pages": _pages,
    "head-of-line": _head_of_line,
    "watched": _watched,
    "stores": _stores,
}

OMITTED: Final = ("stores",)
OMITTED_IF_QUICK: Final = ("stores", "instructions", "memory", "pages", "people")
"""Topics that are measured only if they are named."""


def _topic(name: str) -> str:
    if name not in TOPICS:
        raise argparse.ArgumentTypeError(f"unknown topic {name!r} (available: {', '.join(TOPICS)})")
    return name


if __name__ == "__main__":
    main()
