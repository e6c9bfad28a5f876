"""Coverage for people: as lines, as JSON, as a page."""

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from mockserver.contract import coverage
from mockserver.formats.sanitize import escape

Report = Mapping[str, Any]
_PAGE: Final = Path(__file__).with_name("coverage.html")
_MOST: Final = 12


def as_json(report: Report) -> str:
    """The report whole."""
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def as_page(report: Report) -> str:
    """A page that needs nothing else; whatever a caller or a contract says is escaped."""
    # jinja2 is loaded where a page is asked for, and nowhere else.
    environment = import_module("jinja2").Environment(autoescape=True)
    page = environment.from_string(_PAGE.read_text(encoding="utf-8"))
    vendors = [
        {"name": vendor, "counts": coverage.summary(items), "operations": _operations(items)}
        for vendor, items in sorted(coverage.by_vendor(report["items"]).items())
    ]
    text: str = page.render(report=report, vendors=vendors, plurals=coverage.PLURALS)
    return text


def table(items: Iterable[coverage.CoverageItem]) -> Iterator[str]:
    """A line for each vendor: how much of what is covered."""
    heads = ["vendor", *coverage.PLURALS.values(), "by faults alone"]
    rows = [heads, *(_row(*one) for one in sorted(coverage.by_vendor(items).items()))]
    if len(rows) == 1:
        yield "no vendor was called"
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def gaps(report: Report, everything: bool = False) -> Iterator[str]:
    """What was not reached: operations, problems, and what faults were armed for nothing."""
    most = 10_000 if everything else _MOST
    for vendor, items in sorted(coverage.by_vendor(report["items"]).items()):
        missing = [item for item in items if not item["calls"]]
        operations = [item["operation"] for item in missing if item["kind"] == "operation"]
        met = {item["name"] for item in items if item["kind"] == "problem" and item["calls"]}
        never = {item["name"]: None for item in missing if item["kind"] == "problem"}
        yield from _listed(f"{vendor}: operations without a good answer", operations, most)
        yield from _listed(f"{vendor}: problems never met", [one for one in never if one not in met], most)
    unused = [f"{_fault(fault)} ({fault['test']})" for fault in report["unused_faults"]]
    if unused:
        yield "faults that struck nothing:"
        yield from (f"  {escape(one)}" for one in unused[:most])
        if unused[most:]:
            yield f"  … and {len(unused) - most} more"


def leaned_on(inferred: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The rules that nobody has documented or seen: what to check against the real service."""
    rules = sorted(inferred, key=lambda one: (one["vendor"], one["rule"]))
    if not rules:
        yield "no test leans on a rule that is only inferred"
        return
    yield f"inferred rules that tests lean on ({len(rules)}), to be checked against the real service:"
    for one in rules:
        yield f"  {one['vendor']}  {one['rule']}  {escape(one['what'])}".rstrip()
        yield from (f"      {escape(test)}" for test in one["tests"][:1])


def _row(vendor: str, items: list[coverage.CoverageItem]) -> list[str]:
    counts = coverage.summary(items)
    alone = sum(count["by_fault"] for count in counts.values())
    return [vendor, *(f"{one['covered']}/{one['total']}" for one in counts.values()), str(alone)]


def _listed(title: str, names: list[str], most: int) -> Iterator[str]:
    if names:
        more = f" … and {len(names) - most} more" if names[most:] else ""
        yield f"{title} ({len(names)}): {', '.join(names[:most])}{more}"


def _fault(fault: Mapping[str, Any]) -> str:
    aim = [fault.get("vendor"), fault.get("operation"), fault.get("method"), fault.get("path")]
    what = " ".join([fault["kind"], *filter(None, [fault.get("problem"), str(fault.get("status", ""))])])
    return f"{fault['id']}: {what} for {' '.join(filter(None, aim)) or 'every call'}"


def _operations(items: list[coverage.CoverageItem]) -> list[dict[str, Any]]:
    """The items as the page shows them: by operation, what no operation answers last."""
    found: dict[str | None, dict[str, Any]] = {}
    for item in items:
        new: dict[str, Any] = {"name": item["operation"], "items": {kind: [] for kind in coverage.KINDS}}
        found.setdefault(item["operation"], new)["items"][item["kind"]].append(item)
    return list(found.values())
