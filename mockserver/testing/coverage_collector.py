"""What the tests of a session reached: gathered from their worlds, merged from workers, told at the end.

A pytest plugin of its own, which mockserver.pytest_plugin registers where somebody asks for it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from mockserver.client import World
from mockserver.contract import coverage
from mockserver.testing import coverage_report

_OUTPUT: Final = "mockserver_coverage"
_FORMS: Final = (".json", ".html")


@dataclass(frozen=True)
class Wishes:
    """What shall be told: the table, files, rules that are only inferred; and by how little a session fails
    (`None`: percent of everything, else of one kind).
    """

    table: bool
    files: tuple[Path, ...]
    provenance: bool
    least: Mapping[str | None, float] = field(default_factory=dict)
    vendors: tuple[str, ...] = ()


def wishes(
    files: Iterable[str], least: Iterable[str], provenance: bool, vendors: Iterable[str]
) -> Wishes | None:
    """The options as they are meant, None where nothing is wished for. Raises `pytest.UsageError`."""
    files, least = list(files), list(least)
    if not files and not least and not provenance:
        return None
    named = [file for file in files if file not in ("", "true")]
    for file in named:
        if Path(file).suffix not in _FORMS:
            said = f"--mockserver-coverage={file} is no file that coverage can be written to"
            raise pytest.UsageError(
                f"{said}; write =FILE.json or =FILE.html, or put the bare option behind the paths"
            )
    floors = dict(map(_least, least))
    return Wishes(bool(files or least), tuple(map(Path, named)), provenance, floors, tuple(vendors))


def _least(word: str) -> tuple[str | None, float]:
    name, _, number = word.rpartition("=")
    kinds = {plural: kind for kind, plural in coverage.PLURALS.items()}
    try:
        percent = float(number)
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100 or (name and name not in kinds):
        known = ", ".join(f"{plural}=PERCENT" for plural in kinds)
        raise pytest.UsageError(f"--mockserver-fail-under {word} cannot be kept; write PERCENT, or {known}")
    return kinds.get(name), percent


class Gathering:
    """The coverage of one session, or of one worker of it."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._tally: coverage.Tally = {}
        self._inferred: list[dict[str, Any]] = []
        self._unused: list[dict[str, Any]] = []
        self._missing: list[str] = []
        self._named = False

    def watch(self, world: World) -> None:
        """Gathers from the world before its journal is forgotten, too."""
        others: Callable[[], object] = world.journal.before_clear

        def before_forgetting() -> None:
            others()
            self.gather(world)

        world.journal.before_clear = before_forgetting

    def gather(self, world: World) -> None:
        """Remembers what the world's calls have reached. Raises ControlError."""
        if not self._named:
            self._named = True
            for vendor in self._wishes.vendors:
                coverage.add(self._tally, coverage.uncovered(world.coverage(vendor)["items"]))
        found = world.coverage()
        coverage.add(self._tally, found["items"])
        self._inferred = coverage.merge_inferred(self._inferred, found["inferred"])
        self._unused += [{"test": found["label"], **fault} for fault in found["unused_faults"]]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """What a worker has gathered is this session's."""
        report = getattr(node, "workeroutput", {}).get(_OUTPUT)
        if report:
            coverage.add(self._tally, report["items"])
            self._inferred = coverage.merge_inferred(self._inferred, report["inferred"])
            self._unused += report["unused_faults"]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A worker hands over what it has; a session writes its reports, and fails if that is too little."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = self.report()
            return
        for file in self._wishes.files:
            text = coverage_report.to_json if file.suffix == ".json" else coverage_report.to_html
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text(self.report()), encoding="utf-8")
        self._missing = [*self._too_little()]
        if self._missing and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tells what was reached, and what was not."""
        out, report = terminalreporter, self.report()
        if self._wishes.table:
            out.section("mockserver coverage")
            for line in coverage_report.summary_table(report["items"]):
                out.line(line)
            for line in coverage_report.uncovered(report, everything=out.config.option.verbose > 0):
                out.line(line)
            for file in self._wishes.files:
                out.line(f"written to {file}")
        if self._wishes.provenance:
            out.section("mockserver provenance")
            for line in coverage_report.inferred_rules(report["inferred"]):
                out.line(line)
        for line in self._missing:
            out.line(f"mockserver: {line}", red=True)

    def report(self) -> dict[str, Any]:
        """`{vendors, items, inferred, unused_faults}`."""
        items = list(self._tally.values())
        vendors = coverage.by_vendor(items)
        return {
            "vendors": {name: coverage.summary(items) for name, items in sorted(vendors.items())},
            "items": items,
            "inferred": self._inferred,
            "unused_faults": self._unused,
        }

    def _too_little(self) -> Iterable[str]:
        if self._wishes.least and not self._tally:
            yield "no vendor was called, so nothing is covered"
            return
        for kind, least in self._wishes.least.items():
            reached = coverage.percent(self._tally.values(), kind)
            if reached < least:
                of = coverage.PLURALS[kind] if kind else "everything"
                yield f"{reached:.2f} % of {of} is covered, and less than {least:g} % is too little"
