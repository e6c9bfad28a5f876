"""Coverage plugin: collects contract coverage per session, merges pytest-xdist workers, writes reports.

`mockserver.pytest_plugin` registers it if an option asks for coverage or provenance.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from mockserver.client import World
from mockserver.contract import coverage
from mockserver.testing import coverage_report
from mockserver.testing.coverage_ignore import CoverageIgnore
from mockserver.testing.coverage_minimums import below, parse_minimum

_WORKER_OUTPUT: Final = "mockserver_coverage"
_SUFFIXES: Final = (".json", ".html")


@dataclass(frozen=True)
class CoverageOptions:
    """The requested reports, and the minimum coverage in percent.

    `table`: the terminal table. `files`: reports to write. `provenance`: the rules that are only inferred.
    `minimums`: percent by kind of item (None: of all items). `vendors`: reported even without a call.
    `ignore`: what does not count.
    """

    table: bool
    files: tuple[Path, ...]
    provenance: bool
    minimums: Mapping[str | None, float] = field(default_factory=dict)
    vendors: tuple[str, ...] = ()
    ignore: CoverageIgnore = field(default_factory=CoverageIgnore)


def parse_options(
    files: Iterable[str],
    minimums: Iterable[str],
    provenance: bool,
    vendors: Iterable[str],
    ignored: Iterable[str],
) -> CoverageOptions | None:
    """The parsed options; None if no report is requested. Raises `pytest.UsageError`."""
    files, minimums = list(files), list(minimums)
    if not files and not minimums and not provenance:
        return None
    named = [file for file in files if file not in ("", "true")]
    for file in named:
        if Path(file).suffix not in _SUFFIXES:
            raise pytest.UsageError(
                f"--mockserver-coverage={file} is not a coverage file; "
                "use =FILE.json or =FILE.html, or put the bare option after the test paths"
            )
    parsed = dict(map(_parse_minimum, minimums))
    return CoverageOptions(
        bool(files or minimums),
        tuple(map(Path, named)),
        provenance,
        parsed,
        tuple(vendors),
        CoverageIgnore(ignored),
    )


def _parse_minimum(text: str) -> tuple[str | None, float]:
    try:
        return parse_minimum(text)
    except ValueError as error:
        raise pytest.UsageError(f"invalid --mockserver-fail-under {error}") from None


class CoverageCollector:
    """The contract coverage of a session, or of one pytest-xdist worker."""

    def __init__(self, options: CoverageOptions) -> None:
        self._options = options
        self._tally: coverage.Tally = {}
        self._inferred: coverage.InferredRules = {}
        self._unused_faults: list[dict[str, Any]] = []
        self._dropped: list[dict[str, Any]] = []
        self._failures: list[str] = []
        self._seen: set[str] = set()
        """The vendors of which the tally has every item, also those without a call."""

    def collect_before_clear(self, world: World) -> None:
        """Collect from the world whenever its journal is about to be cleared."""
        previous: Callable[[], object] = world.journal.before_clear

        def before_clear() -> None:
            previous()
            self.collect(world)

        world.journal.before_clear = before_clear

    def collect(self, world: World) -> None:
        """Add the coverage of the world's calls. Raises ControlError."""
        found = world.coverage(reached=True)
        for vendor in dict.fromkeys((*self._options.vendors, *found["vendors"])):
            if vendor not in self._seen:
                self._seen.add(vendor)
                coverage.add(self._tally, coverage.uncovered(world.coverage(vendor)["items"]))
        coverage.add(self._tally, found["items"])
        coverage.add_inferred(self._inferred, found["inferred"])
        self._unused_faults += [{"test": found["label"], **fault} for fault in found["unused_faults"]]
        if found["dropped"]:
            self._dropped.append({"test": found["label"] or found["world"], "exchanges": found["dropped"]})

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Merge the report of a worker that has finished."""
        report = getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT)
        if report:
            coverage.add(self._tally, report["items"])
            coverage.add_inferred(self._inferred, report["inferred"])
            self._unused_faults += report["unused_faults"]
            self._dropped += report["dropped"]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send a worker's report to the session, or write the files; fail a session below a minimum."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_WORKER_OUTPUT] = self._report(self._tally.values())
            return
        report = self.report()
        for file in self._options.files:
            render = coverage_report.to_json if file.suffix == ".json" else coverage_report.to_html
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(render(report), encoding="utf-8")
        self._failures = [
            *self._check_complete(),
            *self._options.ignore.unmatched(self._tally.values()),
            *below(report["items"], self._options.minimums),
        ]
        if self._failures and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Print the coverage table, the uncovered items, the inferred rules and the minimums not reached."""
        out, report = terminalreporter, self.report()
        if self._options.table:
            out.section("mockserver coverage")
            for row in coverage_report.summary_table(report["items"]):
                out.line(row)
            for row in coverage_report.uncovered(report, everything=out.config.option.verbose > 0):
                out.line(row)
            for file in self._options.files:
                out.line(f"written to {file}")
        if self._options.provenance:
            out.section("mockserver provenance")
            for row in coverage_report.inferred_rules(report["inferred"]):
                out.line(row)
        for failure in self._failures:
            out.line(f"mockserver: {failure}", red=True)

    def report(self) -> dict[str, Any]:
        """`{vendors, items, inferred, unused_faults, dropped}`."""
        return self._report(self._options.ignore.filter(self._tally.values()))

    def _report(self, found: Iterable[coverage.CoverageItem]) -> dict[str, Any]:
        items = list(found)
        vendors = coverage.by_vendor(items)
        return {
            "vendors": {name: coverage.summary(items) for name, items in sorted(vendors.items())},
            "items": items,
            "inferred": [*self._inferred.values()],
            "unused_faults": self._unused_faults,
            "dropped": self._dropped,
        }

    def _check_complete(self) -> Iterable[str]:
        """A message for each test of whose exchanges the journal has dropped some."""
        for one in self._dropped:
            count = "1 exchange" if one["exchanges"] == 1 else f"{one['exchanges']} exchanges"
            fix = "call clear_journal() now and then, which counts them first"
            yield f"coverage is incomplete: the journal has dropped {count} of {one['test']}; {fix}"
