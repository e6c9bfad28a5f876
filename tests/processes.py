"""Servers and commands, as a shell would start them."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO, TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from textwrap import dedent
from typing import IO, Any, TextIO
from unittest.mock import patch

import pytest

from mockserver.cli import main
from mockserver.server.http_server import Server
from tests.child_pytest import ALONE, OURS

PATIENCE = 20.0
"""Seconds before a test gives up on a process; nothing here takes a tenth of it."""

CACHE = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
"""The folder of parsed contracts: pytester has a home of its own, where they would be parsed each time."""

OWN_PROCESS = ("serve", "demo", "mcp")
"""Commands that run until a signal ends them."""

Shell = Callable[..., "subprocess.CompletedProcess[str]"]
Run = Callable[..., pytest.RunResult]
Terminal = Callable[..., str]

HEAD = """
import pytest
import requests

def call(world, path="/v1/audiences/get", **body):
    headers = world.headers("ortto")
    return requests.post(world.url("ortto") + path, headers=headers, json={"limit": 1, **body}, timeout=20)
"""
"""What every test file of `run` begins with."""


@pytest.fixture(scope="session")
def everything_loaded() -> None:
    """Loads modules and contracts into this process: pytester unloads what is loaded after it began."""
    import_module("mockserver.app").create_app(people=0).close()
    for name in ("session_server", "session_world", "watched_worlds", "coverage_collector", "local_control"):
        import_module(f"mockserver.testing.{name}")


@pytest.fixture
def no_other_plugins(everything_loaded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the sessions of pytester load no installed plugin, and share parsed contracts."""
    for name, value in {**ALONE, "XDG_CACHE_HOME": CACHE}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(name="run")
def run_tests(no_other_plugins: None, pytester: pytest.Pytester) -> Run:
    """Runs these tests in a session of their own, without the plugins of anybody else.

    The session is in this process, unless it has workers or the tests change what outlives it (`alone`).
    """
    plugins = (*OURS, "-p", "xdist")

    def run(tests: str, *options: str, alone: bool = False) -> pytest.RunResult:
        pytester.makepyfile(HEAD + dedent(tests))
        if alone or "-n" in options:
            return pytester.runpytest_subprocess(*plugins, *options, timeout=3 * PATIENCE)
        return pytester.runpytest_inprocess(*plugins, *options)

    return run


@dataclass
class Served:
    """A `mockserver serve` that runs: its process, what it printed when ready, and its URL."""

    process: "subprocess.Popen[bytes]"
    output: Path
    errors: Path

    @property
    def printed(self) -> str:
        return self.output.read_text()

    @property
    def url(self) -> str:
        found = re.search(r"ready at (http://\S+)", self.printed)
        assert found, self.printed
        return found[1]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to stop and returns its exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Served]]:
    """Starts servers on free ports; those that still run at the end are stopped."""
    started: list[Served] = []

    def start(*options: str) -> Served:
        folder = tmp_path_factory.mktemp("serve")
        served = _start(folder, options)
        started.append(served)
        deadline = time.monotonic() + PATIENCE
        while "ready at" not in served.printed or not served.printed.endswith("\n\n"):
            assert served.process.poll() is None, served.errors.read_text()
            assert time.monotonic() < deadline, served.printed + served.errors.read_text()
            time.sleep(0.01)
        return served

    yield start
    for served in started:
        if served.process.poll() is None:
            served.stop()


def _start(folder: Path, options: tuple[str, ...]) -> Served:
    output, errors = folder / "output", folder / "errors"
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", *options]
    with output.open("wb") as out, errors.open("wb") as err:
        return Served(subprocess.Popen(command, stdout=out, stderr=err), output, errors)


@pytest.fixture(scope="module")
def served(serve: Callable[..., Served]) -> Served:
    """One server for the tests of a module."""
    return serve()


@pytest.fixture
def mocks(served: Served | Server, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Runs `mockserver …` against the module's server."""
    monkeypatch.setenv("MOCKSERVER_URL", served.url)
    return run


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """One `mockserver …` to its end, in this process, which saves a start, unless it needs one of its own."""
    if arguments and arguments[0] in OWN_PROCESS:
        return run_alone(*arguments)
    return _run_with_children(arguments) if arguments[:1] == ("run",) else _run_here(arguments)


def refuse(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """One `mockserver serve …` or `mockserver run …` that is refused, in this process.

    Raises `AssertionError` if it serves, or starts the command, which would take this process with it.
    """
    begins = ("serve.serve_forever", "serve.serve_prefork", "run.run_child")
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    interval = sys.getswitchinterval()
    with ExitStack() as stack:
        stack.callback(sys.setswitchinterval, interval)
        for number, handler in handlers.items():
            stack.callback(signal.signal, number, handler)
        for one in begins:
            stack.enter_context(patch(f"mockserver.cli.{one}", side_effect=AssertionError("is not refused")))
        return _run_here(arguments)


def _run_here(arguments: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    out, err = [TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
    with redirect_stdout(out), redirect_stderr(err):
        code = _exit_code(arguments)
    written = [one.buffer.getvalue().decode() for one in (out, err)]
    return subprocess.CompletedProcess(["mockserver", *arguments], code, *written)


def _run_with_children(arguments: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    """A command in this process whose output is also that of the processes that it starts."""
    with TemporaryFile() as out, TemporaryFile() as err:
        with ExitStack() as stack:
            stack.enter_context(_inherited(1, out))
            stack.enter_context(_inherited(2, err))
            stdout, stderr = [stack.enter_context(_written_to(number)) for number in (1, 2)]
            with redirect_stdout(stdout), redirect_stderr(stderr):
                code = _exit_code(arguments)
        written = []
        for one in (out, err):
            one.seek(0)
            written.append(one.read().decode())
    return subprocess.CompletedProcess(["mockserver", *arguments], code, *written)


def _written_to(number: int, *, closefd: bool = False) -> TextIO:
    return open(number, "w", encoding="utf-8", closefd=closefd)


@contextmanager
def _inherited(number: int, file: IO[bytes]) -> Iterator[None]:
    """Gives the processes that are started inside the block this file as standard output or error."""
    before = os.dup(number)
    try:
        os.dup2(file.fileno(), number)
        yield
    finally:
        os.dup2(before, number)
        os.close(before)


def run_alone(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """One `mockserver …` to its end, in a process of its own."""
    command = [sys.executable, "-m", "mockserver", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)


def _exit_code(arguments: tuple[str, ...]) -> int:
    """The exit code of a command that runs in this process."""
    with pytest.raises(SystemExit) as end:
        main([*arguments])
    assert isinstance(end.value.code, int), end.value.code
    return end.value.code


def one_line(finished: "subprocess.CompletedProcess[str]") -> str:
    """The one line of a command that could not be carried out."""
    assert finished.returncode == 2, finished
    assert finished.stdout == ""
    assert finished.stderr.count("\n") == 1
    assert finished.stderr.startswith("mockserver: ")
    return finished.stderr


@pytest.fixture
def terminal(served: Served | Server, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What `mockserver …` shows on a terminal of 160 columns, against the module's server."""
    monkeypatch.setenv("MOCKSERVER_URL", served.url)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("LINES", "50")
    monkeypatch.setenv("TERM", "dumb")
    return on_terminal


def on_terminal(*arguments: str, code: int = 0) -> str:
    """One `mockserver …` to its end, in this process, its output a terminal."""
    pty: Any = import_module("pty")  # no module of Windows
    master, slave = pty.openpty()
    with ThreadPoolExecutor(1) as reader:  # a terminal takes a page, and then waits until it is read
        shown = reader.submit(_read_to_end, master)
        with _written_to(slave, closefd=True) as stream, redirect_stdout(stream):
            ended = _exit_code(arguments)
    os.close(master)
    assert ended == code
    return shown.result().decode().replace("\r\n", "\n")


def _read_to_end(terminal: int) -> bytes:
    shown = b""
    try:
        while chunk := os.read(terminal, 65536):
            shown += chunk
    except OSError:  # the other end is closed: how Linux says that there is no more
        pass
    return shown
