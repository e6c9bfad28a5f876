"""Servers for tests: one in this process, or several processes on one store."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mockserver.client import Control
from tests.live_server import served

_TIMEOUT = 60.0

Process = subprocess.Popen[bytes]


@contextmanager
def one_server() -> Iterator[list[Control]]:
    """A server in this process with worlds in memory, and with more threads than its default."""
    with served(threads=8) as url:
        yield [Control(url)]


@contextmanager
def several_servers(
    folder: Path, store: str, number: int, *options: str
) -> Iterator[list[tuple[Control, Process]]]:
    """Server processes started at the same time on a store that does not exist yet."""
    outputs = [folder / f"server-{one}.txt" for one in range(number)]
    started = [_start(store, output, options) for output in outputs]
    try:
        urls = [_url(process, output) for process, output in zip(started, outputs, strict=True)]
        yield [(Control(url), process) for url, process in zip(urls, started, strict=True)]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(_TIMEOUT)


def _start(store: str, output: Path, options: tuple[str, ...]) -> Process:
    words = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--store", store]
    with output.open("wb") as sink:
        return subprocess.Popen([*words, *options], stdout=sink, stderr=sink, env={**os.environ})


def _url(process: Process, output: Path) -> str:
    deadline = time.monotonic() + _TIMEOUT
    while not (found := re.search(r"ready at (http://\S+)", output.read_text())):
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.02)
    return found[1]
