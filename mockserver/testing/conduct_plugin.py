"""The conduct of the clients of a test session: `--mockserver-conduct` and `--mockserver-fail-on`.

pytest loads it with `mockserver.pytest_plugin`, before coverage starts, so other modules of the package are
imported inside the functions that use them.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from mockserver.client import World
    from mockserver.testing.conduct_report import ConductReport

NAME: Final = "mockserver-conduct"
_WORKER_OUTPUT: Final = "mockserver_conduct"
_GATES: Final = ("conduct",)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the command line options, and the ini options of the same names."""
    group = parser.getgroup("mockserver")
    report = (
        "report what the calls of the tests show about their clients; also write it to FILE.json or FILE.html"
    )
    group.addoption("--mockserver-conduct", metavar="FILE", nargs="?", const="", default=None, help=report)
    parser.addini("mockserver_conduct", report, default="")
    without = "rule of conduct to leave out; repeatable"
    group.addoption("--mockserver-conduct-without", metavar="RULE", action="append", default=[], help=without)
    parser.addini("mockserver_conduct_without", without, type="args", default=[])
    gate = "fail the session if this report has findings (conduct: warnings or errors); repeatable"
    group.addoption("--mockserver-fail-on", metavar="REPORT", action="append", default=[], help=gate)
    parser.addini("mockserver_fail_on", gate, type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Register the collector if an option asks for it. Raises `pytest.UsageError`."""
    chosen, ini = config.getoption("mockserver_conduct"), config.getini("mockserver_conduct")
    gates = [*config.getoption("mockserver_fail_on"), *config.getini("mockserver_fail_on")]
    for gate in gates:
        if gate not in _GATES:
            raise pytest.UsageError(f"invalid --mockserver-fail-on {gate!r}; use {', '.join(_GATES)}")
    file = chosen if chosen is not None else ini
    if chosen is None and not ini and not gates:
        return
    if file not in ("", "true") and Path(file).suffix not in (".json", ".html"):
        raise pytest.UsageError(
            f"--mockserver-conduct={file} is not a report file; "
            "use =FILE.json or =FILE.html, or put the bare option after the test paths"
        )
    without = [*config.getoption("mockserver_conduct_without"), *config.getini("mockserver_conduct_without")]
    path = None if file in ("", "true") else Path(file)
    config.pluginmanager.register(ConductCollector(path, without, fails=bool(gates)), NAME)


class ConductCollector:
    """The findings of a session, or of one pytest-xdist worker, with the test of each."""

    def __init__(self, file: Path | None, without: list[str], *, fails: bool) -> None:
        self._file = file
        self._without = without
        self._fails = fails
        self._judged: dict[str, int] = {}
        self._findings: list[dict[str, Any]] = []
        self._calls = self._dropped = 0

    def collect_before_clear(self, world: "World") -> None:
        """Collect from the world whenever its journal is about to be cleared."""
        previous = world.journal.before_clear

        def before_clear() -> None:
            previous()
            self.collect(world)
            self._judged.pop(world.name, None)

        world.journal.before_clear = before_clear

    def collect(self, world: "World") -> None:
        """Add the findings on the calls since the last look. Raises ControlError."""
        last = self._judged.get(world.name, 0)
        self._judged[world.name] = world.journal.newest()
        found = world.conduct(after=last, without=self._without)
        self._findings += [{"test": found.label or found.world, **one} for one in found]
        self._calls += found.exchanges
        self._dropped += found.dropped

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Merge the findings of a worker that has finished."""
        report = getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT)
        if report:
            self._findings += report["findings"]
            self._calls += report["calls"]
            self._dropped += report["dropped"]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send a worker's findings to the session, or write the file; fail a session with grave findings."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_WORKER_OUTPUT] = self.report()
            return
        if self._file:
            self._report().write(self._file)
        if any(self._failures()) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print each finding once, with the number of its tests."""
        out = terminalreporter
        out.section("mockserver conduct")
        for line in self._report().lines():
            out.line(line)
        if self._file:
            out.line(f"written to {self._file}")
        for failure in self._failures():
            out.line(f"mockserver: {failure}", red=True)

    def report(self) -> dict[str, Any]:
        """`{calls, dropped, findings}`."""
        return self._report().as_json()

    def _report(self) -> "ConductReport":
        from mockserver.testing.conduct_report import ConductReport

        return ConductReport(self._findings, self._calls, self._dropped)

    def _failures(self) -> list[str]:
        """A message for each reason to fail the session."""
        remedy = "call clear_journal() now and then, which judges them first"
        failures = self._report().failures(f"--{NAME}-without", remedy)
        return [*failures] if self._fails else []
