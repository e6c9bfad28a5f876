"""Scores the tests by mutants of the code: `python -m tests.mutants.code [--number 300]`.

An instrumented copy of the checkout tells which tests reach each block of code; those that reach the block of
a mutant run with it, for at most 30 seconds. The map and the results are kept in a folder: the same command
continues an interrupted run, and the map of a file of tests is drawn anew when the file changes.
"""

import argparse
import compileall
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tests.house.sources import ROOT
from tests.mutants.checkouts import copy_checkout
from tests.mutants.code_mutants import Mutant, draw
from tests.mutants.reach_map import ReachMap, draw_map

AREAS: Final = {
    "vendors": "mockserver/vendors",
    "pipeline": "mockserver/pipeline",
    "storage": "mockserver/storage",
    "state": "mockserver/state",
    "client": "mockserver/client",
}
_SECONDS_TO_END: Final = 5
_BYTES_OF_MEMORY: Final = 4 << 30
_SECONDS_OF_TESTS: Final = 6
"""What the chosen tests take together when nothing else runs; a busy machine needs more."""
_NOT_JUDGES: Final = ("tests/house", "tests/mutants", "tests/cli/test_new.py", "tests/scaffold")
"""Tests that read the code as text, or copy it."""


def drawn(number: int, seed: int) -> dict[str, list[Mutant]]:
    """The mutants of each area: as many of each."""
    result = {}
    for area, folder in AREAS.items():
        files = sorted((ROOT / folder).rglob("*.py"))
        result[area] = draw(files, ROOT, number // len(AREAS), random.Random(f"{seed} {area}"))
    return result


class Judge:
    """A copy of the checkout in which one mutant after another is made and tested."""

    def __init__(self, checkout: Path, tests: ReachMap, bound: float) -> None:
        self._bound = bound
        self._checkout = checkout
        self._tests = tests
        self._trusted: set[str] = set()
        self._flaky: set[str] = set()
        compileall.compile_dir(checkout, quiet=2)

    def verdict(self, mutant: Mutant) -> str:
        """`killed by …`, `survived`, `not reached`, or `timed out`."""
        block = f"{mutant.path}:{mutant.block}"
        tests = self._tests.tests_of(block, _SECONDS_OF_TESTS, self._flaky)
        if not tests:
            return "not reached"
        file = self._checkout / mutant.path
        original, times = file.read_bytes(), file.stat()
        file.write_bytes(mutant.apply(original))
        try:
            failed = self._first_failure(tests)
        finally:
            file.write_bytes(original)
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        if failed is None or failed == "timed out":
            return failed or "survived"
        if failed not in self._trusted:
            judges = [failed] if failed in tests else tests
            if self._first_failure(judges) is not None:
                # it fails without a mutant, too
                self._flaky.update(judges)
                return self.verdict(mutant)
            self._trusted.add(failed)
        return f"killed by {failed}"

    def _first_failure(self, tests: list[str]) -> str | None:
        chosen = self._checkout / "chosen-tests"
        chosen.write_text("\n".join(tests), encoding="utf-8")
        # without a plugin that takes a second to import
        words = [
            "-m",
            "pytest",
            "-qx",
            "-p",
            "no:schemathesis",
            "-p",
            "no:cacheprovider",
            "--no-header",
            "--tb=no",
            "-rfE",
        ]
        environment = {**os.environ, "PYTHONPATH": str(self._checkout), "PYTHONDONTWRITEBYTECODE": "1"}
        with subprocess.Popen(
            [sys.executable, *words, f"@{chosen}"], cwd=self._checkout, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            preexec_fn=_limit_memory,
        ) as process:  # fmt: skip
            try:
                output, _ = process.communicate(timeout=self._bound)
            except subprocess.TimeoutExpired:
                return "timed out"
            finally:
                _end(process)
        if process.returncode == 0:
            return None
        named = [line.split(" - ")[0].split(" ", 1)[1] for line in output.splitlines() if _is_failure(line)]
        return next(iter(named), "all, at the start")


def _is_failure(line: str) -> bool:
    return line.startswith(("FAILED tests", "ERROR tests"))


def _end(process: "subprocess.Popen[str]") -> None:
    """Ends the process of the tests, which stops its databases, then the servers that are left."""
    try:
        process.send_signal(signal.SIGINT)
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        pass
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _limit_memory() -> None:
    """A mutant that fills the memory fails alone."""
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES_OF_MEMORY, _BYTES_OF_MEMORY))


def files_of_tests(patterns: Iterable[str]) -> list[Path]:
    """The files of tests that judge: those below these folders."""
    found = [file for one in patterns for file in sorted(ROOT.glob(f"{one}/**/test_*.py"))]
    return [file for file in found if not file.relative_to(ROOT).as_posix().startswith(_NOT_JUDGES)]


def run(
    mutants: dict[str, list[Mutant]],
    files: list[Path],
    kept: Path,
    *,
    seconds: float,
    bound: float,
    again: Iterable[str] = (),
) -> Iterator[dict[str, Any]]:
    """The results of the mutants: those that are kept, except with a verdict to find again, then new ones."""
    kept.mkdir(parents=True, exist_ok=True)
    log = kept / "results.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    known = {one["mutant"]: one for one in map(json.loads, lines)}
    until = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as instrumented, tempfile.TemporaryDirectory() as changed:
        copy_checkout(Path(instrumented))
        tests = draw_map(Path(instrumented), AREAS.values(), files, kept, ROOT)
        copy_checkout(Path(changed))
        judge = Judge(Path(changed), tests, bound)
        for area, mutant in _alternating(mutants):
            result = known.get(mutant.id)
            if result is None or result["verdict"] in again or result["change"] != _change(mutant):
                if time.monotonic() > until:
                    continue
                result = {"area": area, "mutant": mutant.id, "change": _change(mutant)}
                result |= {"kind": mutant.kind, "line": mutant.line, "verdict": judge.verdict(mutant)}
                with log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(result, ensure_ascii=False) + "\n")
            yield result


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
    parser.add_argument("--tests", action="append", help="only tests below this folder (repeatable)")
    parser.add_argument("--bound", type=float, default=30, help="seconds for the tests of one mutant")
    parser.add_argument("--seconds", type=float, default=10_000, help="starts no mutant after this time")
    parser.add_argument(
        "--again", action="append", default=[], help="judges those with this verdict again (repeatable)"
    )
    parser.add_argument("--kept", type=Path, default=Path(tempfile.gettempdir()) / "code-mutants")
    options = parser.parse_args()
    mutants = drawn(options.number, options.seed)
    chosen = {area: some for area, some in mutants.items() if area in (options.area or AREAS)}
    files = files_of_tests(options.tests or ["tests"])
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
