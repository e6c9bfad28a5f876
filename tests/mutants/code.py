"""Scores the tests by mutants of the code: `python -m tests.mutants.code [--number 300]`.

An instrumented copy of the checkout tells which tests reach each block of code. Those that reach the block
of a mutant run with it, for at most 30 seconds of the processor. Without `--tests` the tests are those of the
areas and all quick ones. The map and the results are kept in a folder: the same command continues an
interrupted run, and the map of a file of tests is drawn anew when the file changes.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final

from tests.house.sources import ROOT
from tests.mutants.checkouts import copy_checkout
from tests.mutants.code_mutants import Mutant, draw
from tests.mutants.judge import Judge
from tests.mutants.reach_map import draw_map
from tests.slow import is_slow_file

AREAS: Final = {
    "vendors": "mockserver/vendors",
    "pipeline": "mockserver/pipeline",
    "storage": "mockserver/storage",
    "state": "mockserver/state",
    "client": "mockserver/client",
}
_NOT_JUDGES: Final = (
    *("tests/house", "tests/mutants", "tests/cli/test_new.py", "tests/scaffold", "tests/website"),
    *("tests/control/test_console", "tests/control/test_fuzz.py"),
)
"""Tests that read the code as text or copy it, and those of browsers and fuzzers, which take minutes."""
_NEAR: Final = tuple(f"tests/{area}/" for area in (*AREAS, "conduct", "control", "needs", "waits"))
"""Tests that judge though some of them are slow; others of the slow ones cost more than they find."""


def drawn(number: int, seed: int) -> dict[str, list[Mutant]]:
    """The mutants of each area: as many of each."""
    result = {}
    for area, folder in AREAS.items():
        files = sorted((ROOT / folder).rglob("*.py"))
        result[area] = draw(files, ROOT, number // len(AREAS), random.Random(f"{seed} {area}"))
    return result


def files_of_tests(patterns: Iterable[str]) -> list[Path]:
    """The files of tests that judge: those below these folders, or the quick and near ones."""
    found = [file for one in patterns or ["tests"] for file in sorted(ROOT.glob(f"{one}/**/test_*.py"))]
    names = {file: file.relative_to(ROOT).as_posix() for file in found}
    return [
        file
        for file, name in names.items()
        if not name.startswith(_NOT_JUDGES) and (patterns or name.startswith(_NEAR) or not is_slow_file(file))
    ]


def run(
    mutants: dict[str, list[Mutant]],
    files: list[Path],
    kept: Path,
    *,
    seconds: float,
    bound: int,
    again: Iterable[str] = (),
) -> Iterator[dict[str, Any]]:
    """The results of the mutants: those that are kept, except with a verdict to find again, then new ones."""
    kept.mkdir(parents=True, exist_ok=True)
    log = kept / "results.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    known = {one["mutant"]: one for one in map(json.loads, lines)}
    until = time.monotonic() + seconds
    with ExitStack() as stack:
        judge: Judge | None = None
        for area, mutant in _alternating(mutants):
            result = known.get(mutant.id)
            if result is None or result["verdict"] in again or result["change"] != _change(mutant):
                if time.monotonic() > until:
                    continue
                judge = judge or stack.enter_context(_judge(files, kept, bound))
                result = {"area": area, "mutant": mutant.id, "change": _change(mutant)}
                result |= {"kind": mutant.kind, "line": mutant.line, "verdict": judge.verdict(mutant)}
                with log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(result, ensure_ascii=False) + "\n")
            yield result


@contextmanager
def _judge(files: list[Path], kept: Path, bound: int) -> Iterator[Judge]:
    """A judge with a copy of the checkout of its own, and with the map that another copy gives."""
    with tempfile.TemporaryDirectory() as instrumented:
        copy_checkout(Path(instrumented))
        tests = draw_map(Path(instrumented), AREAS.values(), files, kept, ROOT)
    with tempfile.TemporaryDirectory() as changed:
        copy_checkout(Path(changed))
        names = [file.relative_to(ROOT).as_posix() for file in files]
        with closing(Judge(Path(changed), tests, names, bound)) as judge:
            yield judge


def _change(mutant: Mutant) -> str:
    return str(mutant).partition(": ")[2]


def _alternating(mutants: dict[str, list[Mutant]]) -> Iterator[tuple[str, Mutant]]:
    """One of each area after another, so that a run that is cut short has some of each."""
    for index in range(max(map(len, mutants.values()), default=0)):
        yield from ((area, some[index]) for area, some in mutants.items() if index < len(some))


def summary(results: Iterable[dict[str, Any]], by: str) -> Iterator[str]:
    """A line for each area or kind, and one for all: how many were killed, and what became of the others."""
    rows: dict[str, Counter[str]] = {}
    for one in results:
        verdict = one["verdict"].partition(" by ")[0]
        for row in (one[by], "all"):
            rows.setdefault(row, Counter())[verdict] += 1
    for name, counts in sorted(rows.items(), key=lambda row: (row[0] == "all", row[0])):
        others = ", ".join(f"{counts[one]} {one}" for one in ("survived", "not reached", "timed out"))
        share = counts["killed"] / counts.total()
        yield f"{name:12} {counts['killed']:4} of {counts.total():4} killed ({share:.0%}); {others}"


def main() -> int:
    """Runs and prints the score; 1 if less than 90 % were killed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--number", type=int, default=300, help="how many mutants are drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--area", action="append", choices=AREAS, help="only mutants of this area (repeatable)"
    )
    parser.add_argument(
        "--tests",
        action="append",
        default=[],
        help="only tests below this folder (repeatable)",
    )
    parser.add_argument(
        "--bound", type=int, default=30, help="seconds of the processor for the tests of one mutant"
    )
    parser.add_argument("--seconds", type=float, default=10_000, help="starts no mutant after this time")
    parser.add_argument(
        "--again", action="append", default=[], help="judges those with this verdict again (repeatable)"
    )
    parser.add_argument("--kept", type=Path, default=Path(tempfile.gettempdir()) / "code-mutants")
    options = parser.parse_args()
    mutants = drawn(options.number, options.seed)
    chosen = {area: some for area, some in mutants.items() if area in (options.area or AREAS)}
    files = files_of_tests(options.tests)
    results = []
    for one in run(
        chosen, files, options.kept, seconds=options.seconds, bound=options.bound, again=options.again
    ):
        results.append(one)
        print(f"{one['mutant']} line {one['line']}: {one['change']}: {one['verdict']}", flush=True)  # noqa: T201
    for line in (*summary(results, "area"), "", *summary(results, "kind")):
        print(line)  # noqa: T201
    killed = sum(one["verdict"].startswith("killed") for one in results)
    return 0 if killed >= 0.9 * len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
