"""A command that runs to its end in the foreground: its signals, and its exit code as a shell has it."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Final

import click

_FORWARDED: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH")
_NOT_FOUND: Final = 127
_NOT_EXECUTABLE: Final = 126


def run_child(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs the command; returns its exit code, or 128 and the number of the signal that has ended it.

    Signals that arrive while it starts are passed on once it has.
    """
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def forward(number: int, _frame: FrameType | None = None) -> None:
        if child is None:
            early.append(number)
        # The terminal has sent Ctrl-C to the command as well.
        elif not (number == signal.SIGINT and _is_foreground()) and child.poll() is None:
            child.send_signal(number)

    numbers = [getattr(signal, name) for name in _FORWARDED if hasattr(signal, name)]
    before = {number: signal.signal(number, forward) for number in numbers}
    try:
        child = subprocess.Popen([*command], env={**environment})  # noqa: S603 - the user's own command
        for number in early:
            forward(number)
        code = child.wait()
    except OSError as error:
        click.echo(
            f"mockserver: cannot run {command[0]} ({error.strerror}); name a program after --", err=True
        )
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _is_foreground() -> bool:
    """Whether a terminal sends its signals to this process."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False
