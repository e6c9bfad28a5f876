"""The report of `mockserver run`: calls that violate a contract, refused hosts, coverage, and files."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mockserver.cli.lost_worlds import Kept, Needs
from mockserver.client import Control, exchange_format
from mockserver.contract import coverage
from mockserver.testing import coverage_report
from mockserver.testing.conduct_report import ConductReport
from mockserver.testing.coverage_ignore import CoverageIgnore
from mockserver.testing.coverage_minimums import below
from mockserver.testing.strictness import fails_test


class RunReport:
    """The calls of all worlds of a run: of those that its server still has, and of those that it had."""

    def __init__(self, control: Control, needs: Needs, kept: Iterable[Kept] = ()) -> None:
        """`needs` say what the report is made of; `kept` was read of worlds before they lost it."""
        self._parts = [*kept, *(needs.read(one) for one in control.worlds())]

    def violations(self) -> str | None:
        """The calls that violate a contract; None if all keep it."""
        found = [one for part in self._parts for one in part.exchanges if fails_test(one, True)]
        return exchange_format.failure_report(found) if found else None

    def coverage(self, ignore: CoverageIgnore) -> tuple[dict[str, Any], list[str]]:
        """The coverage of all worlds together, `{vendors, items, inferred, unused_faults}`, and what `ignore`
        names without effect.
        """
        tally: coverage.Tally = {}
        inferred: coverage.InferredRules = {}
        unused: list[dict[str, Any]] = []
        for found in (part.coverage for part in self._parts if part.coverage):
            coverage.add(tally, found["items"])
            coverage.add_inferred(inferred, found["inferred"])
            test = found["label"] or found["world"]
            unused += [{"test": test, **fault} for fault in found["unused_faults"]]
        items = ignore.filter(tally.values())
        vendors = {name: coverage.summary(own) for name, own in sorted(coverage.by_vendor(items).items())}
        rules = [*inferred.values()]
        report = {"vendors": vendors, "items": items, "inferred": rules, "unused_faults": unused}
        return report, [*ignore.unmatched(tally.values())]

    def conduct(self) -> ConductReport:
        """The findings on the conduct of the clients in all worlds."""
        return ConductReport.of_worlds(part.conduct for part in self._parts if part.conduct is not None)

    def write_har(self, file: Path) -> None:
        """Writes all exchanges as an HTTP Archive."""
        archives = [part.archive for part in self._parts if part.archive]
        merged = archives[0]
        merged["log"]["entries"] = [entry for one in archives for entry in one["log"]["entries"]]
        _write(file, merged)

    def write_journal(self, file: Path) -> None:
        """Writes all exchanges as JSON, each with its world."""
        _write(file, [{"world": part.world, **one} for part in self._parts for one in part.exchanges])


def coverage_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The table, and what was not covered."""
    yield from coverage_report.summary_table(report["items"])
    yield from coverage_report.uncovered(report)


def write_coverage(report: Mapping[str, Any], file: Path) -> None:
    """Writes the coverage as JSON, or as a page if the file ends in .html."""
    render = coverage_report.to_html if file.suffix == ".html" else coverage_report.to_json
    _write_text(file, render(report))


def missed(report: Mapping[str, Any], minimums: Mapping[str | None, float]) -> Iterable[str]:
    """A message for each minimum that was not reached."""
    return below(report["items"], minimums)


def _write(file: Path, value: object) -> None:
    _write_text(file, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _write_text(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {file} ({error.strerror}); choose another file") from None
