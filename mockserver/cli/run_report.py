"""The report of `mockserver run`: calls that violate a contract, refused hosts, coverage, and files."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mockserver.call import Exchange
from mockserver.client import Control, World, exchange_format
from mockserver.contract import coverage
from mockserver.testing import coverage_report
from mockserver.testing.coverage_ignore import CoverageIgnore
from mockserver.testing.coverage_minimums import below
from mockserver.testing.strictness import fails_test


class RunReport:
    """The calls of all worlds of a run, read once from their server."""

    def __init__(self, control: Control) -> None:
        self._worlds = control.worlds()
        self._journals: list[tuple[World, list[Exchange]]] = [(one, one.journal()) for one in self._worlds]

    def violations(self) -> str | None:
        """The calls that violate a contract; None if all keep it."""
        found = [one for _world, journal in self._journals for one in journal if fails_test(one, True)]
        return exchange_format.failure_report(found) if found else None

    def coverage(self, ignore: CoverageIgnore) -> tuple[dict[str, Any], list[str]]:
        """The coverage of all worlds together, `{vendors, items, inferred, unused_faults}`, and what `ignore`
        names without effect.
        """
        tally: coverage.Tally = {}
        inferred: list[dict[str, Any]] = []
        unused: list[dict[str, Any]] = []
        for world in self._worlds:
            found = world.coverage()
            coverage.add(tally, found["items"])
            inferred = coverage.merge_inferred(inferred, found["inferred"])
            unused += [{"test": found["label"] or world.name, **fault} for fault in found["unused_faults"]]
        items = ignore.filter(tally.values())
        vendors = {name: coverage.summary(own) for name, own in sorted(coverage.by_vendor(items).items())}
        report = {"vendors": vendors, "items": items, "inferred": inferred, "unused_faults": unused}
        return report, [*ignore.unmatched(tally.values())]

    def write_har(self, file: Path) -> None:
        """Writes all exchanges as an HTTP Archive."""
        archives = [world.journal.archive() for world in self._worlds]
        merged = archives[0]
        merged["log"]["entries"] = [entry for one in archives for entry in one["log"]["entries"]]
        _write(file, merged)

    def write_journal(self, file: Path) -> None:
        """Writes all exchanges as JSON, each with its world."""
        _write(file, [{"world": world.name, **one} for world, journal in self._journals for one in journal])


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
