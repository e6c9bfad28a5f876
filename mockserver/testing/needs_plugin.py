"""The needs of marked tests: `--mockserver-needs=FILE` and `@pytest.mark.mockserver(needs=True)`.

pytest loads it with `mockserver.pytest_plugin`, before coverage starts, so other modules of the package are
imported inside the functions that use them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from mockserver.client import World

NAME: Final = "mockserver-needs"
_WORKER_OUTPUT: Final = "mockserver_needs"
_WORLD_FIXTURES: Final = ("mockserver", "mockserver_class", "mockserver_module", "mockserver_session")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the command line option, and the ini option of the same name."""
    group = parser.getgroup("mockserver")
    help_text = "run each test whose marker has needs=True with changed replies; write FILE.json"
    group.addoption("--mockserver-needs", metavar="FILE", default=None, help=help_text)
    parser.addini("mockserver_needs", help_text, default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the collector if the option asks for it. Raises `pytest.UsageError`."""
    file = config.getoption("mockserver_needs") or config.getini("mockserver_needs")
    if not file:
        return
    if Path(file).suffix != ".json":
        raise pytest.UsageError(f"--mockserver-needs={file} is not a report file; use =FILE.json")
    config.pluginmanager.register(NeedsCollector(config.rootpath / file), NAME)


class NeedsCollector:
    """The needs of the marked tests of a session, or of one pytest-xdist worker."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._reports: list[dict[str, Any]] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Run a marked test with its needs; any other test is left to pytest."""
        chosen = next((one for one in _marked(pyfuncitem)), False)
        if not chosen:
            return None
        worlds: list[Any] = [
            pyfuncitem.funcargs[one] for one in _WORLD_FIXTURES if one in pyfuncitem.funcargs
        ]
        if not worlds:
            pytest.fail("needs=True takes a test with the fixture mockserver; add it", pytrace=False)
        names = pyfuncitem._fixtureinfo.argnames
        arguments = {name: pyfuncitem.funcargs[name] for name in names}
        function = pyfuncitem.obj
        self._find(worlds[0], lambda: function(**arguments), pyfuncitem.nodeid, chosen)
        return True

    def _find(self, world: "World", function: Any, test: str, chosen: Any) -> None:
        """Add the needs of one test. A test without any, or whose runs differ, fails with one line."""
        from mockserver.errors import NeedsUnknownError

        failure = None
        try:
            found = world.needs(function, test=test, **({} if chosen is True else chosen))
            self._reports.append(found.as_json())
        except NeedsUnknownError as error:
            failure = f"mockserver: {error}"
        if failure:
            pytest.fail(failure, pytrace=False)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over the reports of a worker that has finished."""
        self._reports += getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT, [])

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send a worker's reports to the session, or write the file."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_WORKER_OUTPUT] = self._reports
            return
        from mockserver.needs.report import document

        reports = sorted(self._reports, key=lambda report: str(report["test"]))
        self._file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(document(reports), indent=2, ensure_ascii=False)
        self._file.write_text(text + "\n", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say for each test how many members it needs."""
        terminalreporter.section("mockserver needs")
        for report in self._reports:
            used = sum(member["used"] for member in report["members"])
            counts = f"{used} of {len(report['members'])} members are needed ({report['runs']} runs)"
            terminalreporter.line(f"{report['test']}: {counts}")
        if not self._reports:
            terminalreporter.line("no test that passed has the marker mockserver(needs=True)")
        terminalreporter.line(f"written to {self._file}")


def _marked(item: pytest.Function) -> Iterator[Any]:
    """The values of `needs` in the test's markers, the closest first."""
    for marker in item.iter_markers("mockserver"):
        if "needs" in marker.kwargs:
            yield marker.kwargs["needs"]
