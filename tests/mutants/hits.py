"""A pytest plugin that keeps which tests reach which blocks of an instrumented copy of the package.

The process of the tests keeps the blocks of each test. Other processes, such as servers, append theirs to a
file, and they count for all tests of the same file.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

FILE_OF_MAP: Final = "MUTANTS_FILE_OF_MAP"
"""The environment variable that names the file to write."""

_seen: set[str] = set()
_is_process_of_tests = False
_others = f"{os.environ.get(FILE_OF_MAP, os.devnull)}.others"


def hit(block: str) -> None:
    """Remembers that a block was reached."""
    if block in _seen:
        return
    _seen.add(block)
    if not _is_process_of_tests and "PYTEST_CURRENT_TEST" in os.environ:
        with open(_others, "a", encoding="utf-8") as file:  # noqa: PTH123
            file.write(f"{file_of(os.environ['PYTEST_CURRENT_TEST'])} {block}\n")


def file_of(test: str) -> str:
    """The file of a test."""
    return test.partition("::")[0]


def pytest_configure() -> None:
    """The process of the tests is this one, unless a test has started it."""
    global _is_process_of_tests
    _is_process_of_tests = "PYTEST_CURRENT_TEST" not in os.environ
    _tests.clear()


_tests: dict[str, dict[str, Any]] = {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Keeps the blocks and the seconds of a test."""
    before = {*_seen}
    _seen.clear()
    start = time.process_time()
    yield
    test = _tests.setdefault(item.nodeid, {"passed": True})
    test |= {"seconds": round(time.process_time() - start, 4), "blocks": sorted(_seen)}
    _seen.update(before)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remembers the tests that do not pass: they cannot judge a mutant."""
    if not report.passed:
        _tests.setdefault(report.nodeid, {})["passed"] = False


def pytest_sessionfinish() -> None:
    """Writes the map: by file of tests what each test reaches, and what was reached outside."""
    if _is_process_of_tests and FILE_OF_MAP in os.environ:
        found: dict[str, dict[str, Any]] = {}
        for name, test in _tests.items():
            found.setdefault(file_of(name), {"tests": {}, "outside": []})["tests"][name] = test
        others = Path(_others)
        lines = {*others.read_text(encoding="utf-8").splitlines()} if others.exists() else set()
        for line in sorted(lines):
            file, _, block = line.partition(" ")
            found.setdefault(file, {"tests": {}, "outside": []})["outside"].append(block)
        Path(os.environ[FILE_OF_MAP]).write_text(json.dumps(found), encoding="utf-8")
        others.unlink(missing_ok=True)
