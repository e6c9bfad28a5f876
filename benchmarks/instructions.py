"""Instructions and microseconds of a call: in process, and instructions of the whole path through the server.

Instructions are counted by valgrind. They hardly depend on the load of the machine, which makes them the
figure to compare two versions by.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, run
from typing import IO, Final

from calls import WORLD, Client, Shot, prepare
from figures import Figures
from in_process import CONTACTS_OF_MARKS, NAMES
from processes import result_of, running, script
from startup import PYTEST, TRIVIAL, WITH_AND_WITHOUT

_AIMS: Final[Mapping[str, float]] = {"get, varying": 40, "list of 20": 90, "create": 100}
_WARM_UP: Final = 30
_CALLS_OF_A_ROUND: Final = 10
"""So few that most rounds are not interrupted, even on a busy machine."""

_MARKS: Final = 3
"""The marks of each call: before N calls, after them, and after 2 N more."""

_SAME: Final = {"PYTHONHASHSEED": "0"}


def microseconds(figures: Figures, rounds: int) -> None:
    """Microseconds of a call in process, of the best of many short rounds."""
    figures.topic("in process")
    found = result_of(script("in_process.py", "microseconds", str(rounds), str(_CALLS_OF_A_ROUND)), _SAME)
    for name in NAMES:
        figures.add(name, "time", found[name], "µs", _AIMS[name])


def instructions(figures: Figures, calls: int) -> None:
    """Thousands of instructions of a call, in process and through the server."""
    missing = [name for name in ("valgrind", "callgrind_control") if shutil.which(name) is None]
    if missing:
        sys.exit(f"instructions need {missing[0]} on the PATH: apt-get install valgrind")
    figures.topic("instructions")
    with tempfile.TemporaryDirectory() as folder:
        result_of(_counted(Path(folder), "mark", str(calls)), _SAME)
        _add(figures, "in process", _between_marks(Path(folder)), NAMES, calls)
    with tempfile.TemporaryDirectory() as folder:
        result_of(_counted(Path(folder), "mark-without-effects", str(calls)), _SAME)
        _add(figures, "in process, no effects noted", _between_marks(Path(folder)), NAMES, calls)
    with tempfile.TemporaryDirectory() as folder:
        names = _drive_server(Path(folder), calls)
        _add(figures, "whole server", _between_marks(Path(folder)), names, calls)
    with tempfile.TemporaryDirectory() as folder:
        loaded, plain = (_session(Path(folder), options) for options in WITH_AND_WITHOUT)
        figures.add("the unused pytest plugin", "in process", (loaded - plain) / 1000, "thousand")
        figures.add("a pytest session without it", "in process", plain / 1000, "thousand")


def _counted(folder: Path, *words: str) -> tuple[str, ...]:
    """The script under valgrind, which writes its counters into the folder at every mark."""
    options = ("--instr-atstart=no", "--dump-before=getloadavg", f"--callgrind-out-file={folder}/counts")
    return ("valgrind", "--tool=callgrind", *options, *script("in_process.py", *words))


def _between_marks(folder: Path) -> list[int]:
    """The instructions before the first mark, between the marks in their order, and after the last."""
    dumps = sorted(folder.glob("counts.*"), key=lambda path: int(path.suffix[1:]))
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in dumps]
    return [int(re.findall(r"^totals: (\d+)", text, re.MULTILINE)[0]) for text in texts]


def _session(folder: Path, options: Sequence[str]) -> int:
    """The instructions of a pytest session with one test, when byte code is cached."""
    test, counts = folder / "test_nothing.py", folder / "counts"
    test.write_text(TRIVIAL, encoding="utf-8")
    command = (*PYTEST, *options, str(test))
    valgrind = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}")
    environment = {**os.environ, **_SAME}
    for words in (command, (*valgrind, *command)):
        run(words, cwd=folder, env=environment, stdout=DEVNULL, stderr=DEVNULL, check=True)
    return int(re.findall(r"^totals: (\d+)", counts.read_text(encoding="utf-8"), re.MULTILINE)[0])


def _add(figures: Figures, column: str, counts: list[int], names: Sequence[str], calls: int) -> None:
    """Adds the figures; the difference of 2 N and N calls is free of what the marks cost."""
    for number, name in enumerate(names):
        _, once, twice = counts[number * _MARKS : (number + 1) * _MARKS]
        figures.add(name, column, (twice - once) / calls / 1000, "thousand")


def _drive_server(folder: Path, calls: int) -> list[str]:
    """Sends the calls to a server that is counted; the client is this process, which is not."""
    with running(_counted(folder, "serve-marks"), _SAME, stdin=PIPE, stdout=PIPE, stderr=DEVNULL) as server:
        url = _line(server).strip()
        shots = [shot for shot in prepare(url, contacts=CONTACTS_OF_MARKS) if shot.name in NAMES]
        _mark(server)  # the first line starts the counting
        client = Client(url)
        for shot in shots:
            _repeat(client, shot, _WARM_UP, 0)
            _mark(server)
            _repeat(client, shot, calls, 1)
            _mark(server)
            _repeat(client, shot, 2 * calls, 2)
            _mark(server)
        client.close()
        _input(server).close()
        server.wait()
    return [shot.name for shot in shots]


def _repeat(client: Client, shot: Shot, calls: int, batch: int) -> None:
    for number in range(calls):
        client.ok(shot.requests[number % len(shot.requests)], (batch + 1) * 1_000_000 + number)


def _mark(server: "Popen[str]") -> None:
    print(WORLD, file=_input(server), flush=True)
    _line(server)


def _line(server: "Popen[str]") -> str:
    assert server.stdout is not None
    line: str = server.stdout.readline()
    if not line:
        sys.exit("the counted server ended early")
    return line


def _input(server: "Popen[str]") -> IO[str]:
    assert server.stdin is not None
    return server.stdin
