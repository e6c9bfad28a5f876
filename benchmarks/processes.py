"""Processes of the benchmark: servers that bind to the loopback interface, and that always end."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

FOLDER: Final = Path(__file__).parent
# -P: the measured package is the installed one, not one that happens to be in the current folder.
MOCKSERVER: Final = (sys.executable, "-P", "-m", "mockserver")
CORES: Final = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
_PATIENCE: Final = 10.0
_MIB: Final = 1024.0
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Served:
    """A running server: its URL, its process and the seconds from its start to its ready line."""

    url: str
    pid: int
    ready: float


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str] = _NOTHING, **options: Any
) -> Iterator[subprocess.Popen[str]]:
    """A process that is ended with the block, by force if it does not end by itself."""
    known = {**os.environ, **environment}
    with subprocess.Popen(command, text=True, env=known, **options) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def announced(command: Sequence[str], environment: Mapping[str, str] = _NOTHING) -> Iterator[Served]:
    """A server whose first line of output, its ready line, contains its URL."""
    began = time.perf_counter()
    with running(command, environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        ready = time.perf_counter() - began
        found = re.search(r"http://[0-9.]+:[0-9]+", line)
        if found is None:
            sys.exit(f"{' '.join(command)} did not start; its first line was {line!r}")
        yield Served(found[0], process.pid, ready)


def serve(*options: str, environment: Mapping[str, str] = _NOTHING) -> AbstractContextManager[Served]:
    """`mockserver serve` on a free port without rate limits, as a context manager."""
    return announced((*MOCKSERVER, "serve", "--port", "0", "--no-limits", *options), environment)


def script(name: str, *words: str) -> tuple[str, ...]:
    """The command that runs a script of this folder."""
    return (sys.executable, str(FOLDER / name), *words)


def result_of(command: Sequence[str], environment: Mapping[str, str] = _NOTHING) -> Any:
    """The JSON that a script prints as its last line."""
    known = {**os.environ, **environment}
    done = subprocess.run(command, capture_output=True, text=True, env=known, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


@cache
def serve_has(option: str) -> bool:
    """Whether `mockserver serve` of the measured version has an option."""
    page = subprocess.run([*MOCKSERVER, "serve", "--help"], capture_output=True, text=True, check=True)
    return re.search(rf"{re.escape(option)}(?![a-z-])", page.stdout) is not None


def give_core(pid: int, core: int) -> None:
    """Keeps all threads of a process, and what they start, on one core (-1: the last) where the system can.

    Servers in one process and servers with many threads are then measured on as much of the machine.
    """
    if hasattr(os, "sched_setaffinity"):
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {CORES[core]})


def free_port() -> int:
    """A port of the loopback interface that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def resident(pid: int) -> float:
    """The resident memory of a process in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / _MIB


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process and its workers have used in all their threads, in seconds."""
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    user, system = fields[11:13]
    own = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(int(worker)) for worker in workers)
