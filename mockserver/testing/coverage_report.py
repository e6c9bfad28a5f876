"""Coverage reports: text, JSON and HTML."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from mockserver.contract import coverage
from mockserver.formats.html_page import render, report_facts
from mockserver.formats.sanitize import escape

Report = Mapping[str, Any]
_TEMPLATE: Final = Path(__file__).with_name("coverage.html")
_MAX_NAMES: Final = 12


def to_json(report: Report) -> str:
    """The complete report as JSON."""
    return json.dumps({**report_facts(), **report}, indent=2, ensure_ascii=False) + "\n"


def to_html(report: Report) -> str:
    """A self-contained HTML page; texts from calls and contracts are escaped."""
    vendors = [
        {"name": vendor, "counts": coverage.summary(items), "operations": _operations(items)}
        for vendor, items in sorted(coverage.by_vendor(report["items"]).items())
    ]
    kinds = [kind for kind in coverage.KINDS if kind != "operation"]
    title = "Contract coverage of the tests"
    values = {"report": report, "vendors": vendors, "plurals": coverage.PLURALS, "kinds": kinds}
    return render(_TEMPLATE, title=title, facts=report_facts(), **values)


def summary_table(items: Iterable[coverage.CoverageItem]) -> Iterator[str]:
    """One line per vendor with the covered and total counts."""
    header = ["vendor", *coverage.PLURALS.values(), "by faults only"]
    rows = [header, *(_row(*one) for one in sorted(coverage.by_vendor(items).items()))]
    if len(rows) == 1:
        yield "no vendor was called"
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def uncovered(report: Report, everything: bool = False) -> Iterator[str]:
    """Lists uncovered operations, uncovered problems, and faults that affected no call.

    Where exchanges were dropped, no part is known to be uncovered: none is listed.
    """
    limit = 10_000 if everything else _MAX_NAMES
    known = {} if report.get("dropped") else coverage.by_vendor(report["items"])
    for vendor, items in sorted(known.items()):
        missing = [item for item in items if not item["calls"]]
        operations = [item["operation"] for item in missing if item["kind"] == "operation"]
        returned = {item["name"] for item in items if item["kind"] == "problem" and item["calls"]}
        never = {item["name"]: None for item in missing if item["kind"] == "problem"}
        yield from _name_list(f"{vendor}: operations without a successful response", operations, limit)
        yield from _name_list(
            f"{vendor}: problems never returned", [one for one in never if one not in returned], limit
        )
    unused = [f"{_fault(fault)} ({fault['test']})" for fault in report["unused_faults"]]
    if unused:
        yield "faults that affected no call:"
        yield from (f"  {escape(one)}" for one in unused[:limit])
        if unused[limit:]:
            yield f"  … and {len(unused) - limit} more"


def inferred_rules(inferred: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Lists the inferred rules that tests depend on: candidates to check against the real service."""
    rules = sorted(inferred, key=lambda one: (one["vendor"], one["rule"]))
    if not rules:
        yield "no test depends on an inferred rule"
        return
    yield f"inferred rules that tests depend on ({len(rules)}); check them against the real service:"
    for one in rules:
        yield f"  {one['vendor']}  {one['rule']}  {escape(one['what'])}".rstrip()
        yield from (f"      {escape(test)}" for test in one["tests"][:1])


def _row(vendor: str, items: list[coverage.CoverageItem]) -> list[str]:
    counts = coverage.summary(items)
    alone = sum(count["by_fault"] for count in counts.values())
    return [vendor, *(f"{one['covered']}/{one['total']}" for one in counts.values()), str(alone)]


def _name_list(title: str, names: list[str], limit: int) -> Iterator[str]:
    if names:
        more = f" … and {len(names) - limit} more" if names[limit:] else ""
        yield f"{title} ({len(names)}): {', '.join(names[:limit])}{more}"


def _fault(fault: Mapping[str, Any]) -> str:
    aim = [fault.get("vendor"), fault.get("operation"), fault.get("method"), fault.get("path")]
    what = " ".join([fault["kind"], *filter(None, [fault.get("problem"), str(fault.get("status", ""))])])
    return f"{fault['id']}: {what} for {' '.join(filter(None, aim)) or 'every call'}"


def _operations(items: list[coverage.CoverageItem]) -> list[dict[str, Any]]:
    """The items by operation for the page, `{name, items, called}`; those without an operation come last."""
    found: dict[str | None, dict[str, Any]] = {}
    for item in items:
        new: dict[str, Any] = {"name": item["operation"], "items": {kind: [] for kind in coverage.KINDS}}
        found.setdefault(item["operation"], new)["items"][item["kind"]].append(item)
    for operation in found.values():
        operation["called"] = any(item["calls"] for own in operation["items"].values() for item in own)
    return list(found.values())
