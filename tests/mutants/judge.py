"""The judge of mutants: it makes each in a copy of the checkout, and runs the tests that reach it."""

import compileall
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Final

from tests.mutants.code_mutants import Mutant
from tests.mutants.forks import PIPES
from tests.mutants.reach_map import ReachMap

_SECONDS_TO_END: Final = 5
_BYTES_OF_MEMORY: Final = 4 << 30
_SECONDS_OF_TESTS: Final = 20
"""What the chosen tests take together, in time of the processor."""
_TIMES_BOUND: Final = 4
"""How long the bound is by the clock: for a busy machine, and for a mutant that waits for ever."""
# without a plugin that takes a second to import, and without rewriting what nobody reads
_PYTEST: Final = (
    *(sys.executable, "-m", "pytest", "-q", "-p", "no:schemathesis", "-p", "no:cacheprovider"),
    *("--no-header", "--tb=no", "--assert=plain"),
)


class Forks:
    """A process that has loaded the tests and judges a mutant in a fork of itself."""

    def __init__(self, checkout: Path, files: Sequence[str]) -> None:
        read, self._requests = os.pipe()
        self._answers, write = os.pipe()
        words = ["-p", "tests.mutants.forks", f"--basetemp={checkout / 'temp'}", *files]
        environment = {**_environment(checkout), PIPES: f"{read} {write}"}
        self._log = checkout / "forks.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*_PYTEST, *words], cwd=checkout, env=environment, pass_fds=(read, write),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        os.close(read)
        os.close(write)
        self._lines = open(self._answers, encoding="utf-8")  # noqa: PTH123, SIM115
        self.early: Final = {(file, function) for file, function in json.loads(self._answer())}
        """The functions that ran while the tests were loaded, each with its file."""

    def _answer(self) -> str:
        line = self._lines.readline()
        if not line:
            raise RuntimeError(
                f"the tests cannot be loaded:\n{self._log.read_text(encoding='utf-8')[-2000:]}"
            )
        return line

    def ask(self, **request: Any) -> dict[str, Any]:
        """What a fork finds."""
        os.write(self._requests, json.dumps(request).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self._answer())
        return answer

    def close(self) -> None:
        """Ends the process."""
        os.close(self._requests)
        self._lines.close()
        end(self._process)


class Judge:
    """A copy of the checkout in which one mutant after another is made and tested."""

    def __init__(self, checkout: Path, tests: ReachMap, files: Sequence[str], bound: int) -> None:
        self._bound = bound
        self._checkout = checkout
        self._tests = tests
        self._trusted: set[str] = set()
        self._flaky: set[str] = set()
        self._numbers = count(1)
        compileall.compile_dir(checkout, quiet=2)
        self._forks = Forks(checkout, files)  # which loads the code before any of it is changed

    def close(self) -> None:
        """Ends its processes."""
        self._forks.close()

    def verdict(self, mutant: Mutant) -> str:
        """`killed by …`, `survived`, `not reached`, or `timed out`."""
        block = f"{mutant.path}:{mutant.block}"
        file = self._checkout / mutant.path
        is_early = (str(file), mutant.function) in self._forks.early
        choose = self._tests.tests_of_module if is_early else self._tests.tests_of
        tests = choose(block, _SECONDS_OF_TESTS, self._flaky)
        if not tests:
            return "not reached"
        original, times = file.read_bytes(), file.stat()
        file.write_bytes(mutant.apply(original))
        # compiled modules are found by the time of the file in seconds
        os.utime(file, (times.st_atime, times.st_mtime + next(self._numbers)))
        try:
            failed = self._first_failure(tests, mutant)
        finally:
            file.write_bytes(original)
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        if failed is None or failed == "timed out":
            return failed or "survived"
        if failed not in self._trusted:
            judges = [failed] if failed in tests else tests
            if self._first_failure(judges, None) is not None:
                # it fails without a mutant, too
                self._flaky.update(judges)
                return self.verdict(mutant)
            self._trusted.add(failed)
        return f"killed by {failed}"

    def _first_failure(self, tests: list[str], mutant: Mutant | None) -> str | None:
        """The first failed test of a fork, or of a process of its own if a fork does not have to see it."""
        path, function = (mutant.path, mutant.function) if mutant else ("", "")
        file = self._checkout / path
        answer = self._forks.ask(
            tests=tests, bound=self._bound, patience=_TIMES_BOUND * self._bound, memory=_BYTES_OF_MEMORY,
            function=function, file=str(file), source=file.read_text(encoding="utf-8") if mutant else "",
        )  # fmt: skip
        failed: str | None = answer["failed"]
        return failed if failed or answer["whole"] else self._first_failure_alone(tests)

    def _first_failure_alone(self, tests: list[str]) -> str | None:
        chosen = self._checkout / "chosen-tests"
        chosen.write_text("\n".join(tests), encoding="utf-8")
        with subprocess.Popen(
            [*_PYTEST, "-x", "-rfE", f"@{chosen}"], cwd=self._checkout, env=_environment(self._checkout),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            preexec_fn=self._limit,
        ) as process:  # fmt: skip
            try:
                output, _ = process.communicate(timeout=_TIMES_BOUND * self._bound)
            except subprocess.TimeoutExpired:
                return "timed out"
            finally:
                end(process)
        if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            return "timed out"
        if process.returncode == 0:
            return None
        named = [line.split(" - ")[0].split(" ", 1)[1] for line in output.splitlines() if _is_failure(line)]
        return next(iter(named), "all, at the start")

    def _limit(self) -> None:
        """A mutant that fills the memory fails alone."""
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES_OF_MEMORY, _BYTES_OF_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (self._bound, self._bound + 1))


def _environment(checkout: Path) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
        "PYTHONPATH": str(checkout)
    }


def _is_failure(line: str) -> bool:
    return line.startswith(("FAILED tests", "ERROR tests"))


def end(process: "subprocess.Popen[Any]") -> None:
    """Ends the process of the tests, which stops its databases, then the servers that are left."""
    try:
        process.send_signal(signal.SIGINT)
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        pass
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
