"""Worlds that are served by one process, or by several on one store."""

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

_PATIENCE = 60.0

Process = subprocess.Popen[bytes]


@contextmanager
def one_server() -> Iterator[list[Control]]:
    """A server in this process, its worlds in memory, and more threads than it would have for them."""
    with served(threads=8) as url:
        yield [Control(url)]


@contextmanager
def several_servers(
    folder: Path, store: str, number: int, *options: str
) -> Iterator[list[tuple[Control, Process]]]:
    """Processes that were started at the same moment on a store that none of them found there."""
    outputs = [folder / f"server-{one}.txt" for one in range(number)]
    started = [_start(store, output, options) for output in outputs]
    try:
        urls = [_url(process, output) for process, output in zip(started, outputs, strict=True)]
        yield [(Control(url), process) for url, process in zip(urls, started, strict=True)]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(_PATIENCE)


def _start(store: str, output: Path, options: tuple[str, ...]) -> Process:
    words = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--store", store]
    with output.open("wb") as sink:
        return subprocess.Popen([*words, *options], stdout=sink, stderr=sink, env={**os.environ})


def _url(process: Process, output: Path) -> str:
    deadline = time.monotonic() + _PATIENCE
    while not (found := re.search(r"ready at (http://\S+)", output.read_text())):
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.02)
    return found[1]
