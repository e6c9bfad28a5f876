"""A pytest plugin that loads the tests once, and judges each mutant in a fork of that process.

A fork replaces the code of the function and runs the chosen tests, except those that need a database. It
answers whether that is the whole truth: what ran while the tests were loaded may have left results of the
unchanged code, and some code cannot be replaced.
"""

import gc
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, Final

import pytest

from tests.slow import needs_postgres

PIPES: Final = "MUTANTS_PIPES"
"""The environment variable with the descriptors to read requests from and to write answers to."""

_Key = tuple[str, str, int]
_early: set[tuple[str, str]] = set()
_failed: list[str] = []


def pytest_addoption() -> None:
    """Notes from now on which functions run: pytest calls this hook before it loads any test."""
    if PIPES in os.environ:
        sys.setprofile(_note)


def _note(frame: FrameType, event: str, _argument: object) -> None:
    if event == "call":
        _early.add((frame.f_code.co_filename, frame.f_code.co_qualname))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remembers what failed."""
    if report.failed:
        _failed.append(report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Says which functions have run, then answers requests, one a line, instead of running all tests."""
    if PIPES not in os.environ:
        return None
    sys.setprofile(None)
    functions = loaded_functions()
    requests, answers = map(int, os.environ[PIPES].split())
    answer = Path(str(session.config.option.basetemp) + ".answer")
    with open(requests, encoding="utf-8") as lines, open(answers, "w", encoding="utf-8") as out:  # noqa: PTH123
        out.write(json.dumps(sorted(_early)) + "\n")
        out.flush()
        for line in lines:
            out.write(json.dumps(_answer(session, functions, json.loads(line), answer)) + "\n")
            out.flush()
    return True


def loaded_functions() -> dict[_Key, list[FunctionType]]:
    """The functions that are loaded, by file, name and line: decorated ones are only found as objects."""
    gc.unfreeze()
    found: dict[_Key, list[FunctionType]] = {}
    for one in gc.get_objects():
        if isinstance(one, FunctionType):
            found.setdefault(_key(one.__code__), []).append(one)
    gc.freeze()
    return found


def _key(code: CodeType) -> _Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _answer(
    session: pytest.Session, functions: dict[_Key, list[FunctionType]], request: dict[str, Any], answer: Path
) -> dict[str, Any]:
    """The first failure, and whether a process of its own can find none either."""
    tests = _chosen(session, request["tests"])
    quick = [one for one in tests if not needs_postgres(one)]
    is_whole = quick == tests and (request["file"], request["function"]) not in _early
    answer.unlink(missing_ok=True)
    pid = os.fork()
    if pid == 0:
        try:
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_CPU, (request["bound"], request["bound"] + 1))
            resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
            is_changed = replace_code(functions, request)
            failed = _first_failure(quick) if is_changed else None
            answer.write_text(json.dumps({"failed": failed, "whole": is_whole and is_changed}), "utf-8")
        finally:
            os._exit(0)
    if not _wait(pid, request["patience"]):
        return {"failed": "timed out"}
    found: dict[str, Any] = json.loads(answer.read_text("utf-8")) if answer.exists() else {}
    return found or {"failed": "all, at the start"}


def _wait(pid: int, seconds: float) -> bool:
    """Whether the fork ended in time, by its own time or the clock's; then ends what it started."""
    until, status = time.monotonic() + seconds, None
    try:
        while status is None and time.monotonic() < until:
            done, code = os.waitpid(pid, os.WNOHANG)
            status = code if done else None
            if status is None:
                time.sleep(0.02)
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    if status is None:
        os.waitpid(pid, 0)
    return status is not None and not (os.WIFSIGNALED(status) and os.WTERMSIG(status) in _OF_TIME)


_OF_TIME: Final = (signal.SIGXCPU, signal.SIGKILL)


def replace_code(functions: dict[_Key, list[FunctionType]], request: dict[str, Any]) -> bool:
    """Gives the mutant's function its new code; False if it cannot be given to the old one."""
    if not request["function"]:
        return True
    changed = False
    for code in _codes(compile(request["source"], request["file"], "exec")):
        if code.co_qualname == request["function"]:
            for function in functions.get(_key(code), ()):
                if code.co_freevars != function.__code__.co_freevars:
                    return False
                function.__code__ = code
                changed = True
    return changed


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


def _chosen(session: pytest.Session, names: list[str]) -> list[pytest.Item]:
    """The tests of these names, and those of files that are named."""
    by_name: dict[str, list[pytest.Item]] = {}
    for item in session.items:
        by_name[item.nodeid] = [item]
        by_name.setdefault(item.nodeid.partition("::")[0], []).append(item)
    return [item for name in names for item in by_name.get(name, [])]


def _first_failure(items: list[pytest.Item]) -> str | None:
    _failed.clear()
    for item, following in pairwise([*items, None]):
        assert item is not None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if _failed:
            return _failed[0]
    return None
