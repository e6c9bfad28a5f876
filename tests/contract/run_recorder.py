"""The base of the recorders that hold a run of all tests against the contracts, workers included."""

from collections.abc import Iterator
from typing import Any

import pytest


class RunRecorder:
    """Gathers what each worker found, and fails the session for whatever `check` yields."""

    output_name: str
    """The name under which a worker sends what it found."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    def found(self) -> Any:
        """What this process found, as JSON can carry it."""
        raise NotImplementedError

    def add(self, found: Any) -> None:
        """Adds what a worker found."""
        raise NotImplementedError

    def check(self) -> Iterator[str]:
        """A message for each failure."""
        raise NotImplementedError

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Adds what a worker found."""
        output = getattr(node, "workeroutput", {})
        if self.output_name in output:
            self.add(output[self.output_name])

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Sends what a worker found to the session; fails a session with failures."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[self.output_name] = self.found()
            return
        self.add(self.found())
        self.failures = [*self.check()]
        if self.failures and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Prints the failures."""
        for failure in self.failures:
            terminalreporter.line(f"contracts: {failure}", red=True)
