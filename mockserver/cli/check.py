"""`mockserver check`: holds recorded traffic against a vendor's contract, without a network."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from mockserver.binding.vendor import Vendor
from mockserver.cli.display import show
from mockserver.cli.report_options import report_option, write
from mockserver.cli.targets import demand_base_url, vendor_named
from mockserver.errors import InvalidArchiveError
from mockserver.verify import har
from mockserver.verify.finding import Finding
from mockserver.verify.har_check import Addresses, Looked
from mockserver.verify.har_check import check as looked_at
from mockserver.verify.result import Outcome

_HEADS: Final = ("entries", "side", "check", "where", "what")
_MOST_NUMBERS: Final = 5
_MOST_HOSTS: Final = 5


@click.command(short_help="Hold recorded traffic (HAR) against a vendor's contract.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--vendor", "name", required=True, help="Whose contract.")
@click.option(
    "--base",
    "bases",
    metavar="URL",
    multiple=True,
    help="Calls below this URL are the vendor's, too; may be repeated.",
)
@report_option
def check(file: Path, name: str, bases: tuple[str, ...], report: dict[str, str]) -> int:
    """Hold the calls and replies in an HTTP Archive (HAR) against a vendor's contract, offline.

    Exit code 1 if something was found.
    """
    vendor = vendor_named(name)
    for base in bases:
        demand_base_url(base)
    try:
        entries = har.read(file)
    except InvalidArchiveError as unfit:
        raise click.ClickException(str(unfit)) from unfit
    looked = list(looked_at(vendor.contract, entries, Addresses(vendor.contract, bases)))
    if all(one.case.skipped for one in looked):
        raise click.ClickException(_nothing(file, vendor, entries))
    outcome = Outcome(vendor.name, str(file), cases=[one.case for one in looked])
    write(report, vendor.contract, outcome)
    found = _folded(looked)
    left = [one for one in entries if isinstance(one, har.Left)]
    value = _told(file, vendor, looked, left, len(entries))
    show(value, _HEADS, lambda: _rows(found), _summary(value))
    if found and sys.stdout.isatty():
        click.echo(_summary(value))
    return 1 if found else 0


def _nothing(file: Path, vendor: Vendor, entries: list[har.Recorded | har.Left]) -> str:
    """A check that looked at nothing must not look like a good one."""
    there = [host for host, _count in Counter(har.hosts(entries)).most_common(_MOST_HOSTS)]
    what = f"{file} has no call to {vendor.name} (it calls {', '.join(there) or 'nobody'})"
    return f"{what}; name with --base URL where it answered"


def _folded(looked: list[Looked]) -> list[tuple[Finding, list[int]]]:
    """Each finding with the entries in which it was met."""
    found: dict[str, tuple[Finding, list[int]]] = {}
    for one in looked:
        for finding in one.case.findings:
            _, numbers = found.setdefault(finding.key, (finding, []))
            if one.number not in numbers:
                numbers.append(one.number)
    return list(found.values())


def _rows(found: list[tuple[Finding, list[int]]]) -> Iterator[list[object]]:
    for finding, numbers in found:
        shown = ", ".join(map(str, numbers[:_MOST_NUMBERS]))
        more = f" … ({len(numbers)})" if numbers[_MOST_NUMBERS:] else ""
        where = f"{finding.place} {finding.pointer}".rstrip()
        yield [shown + more, finding.phase, finding.check, where, finding.message]


def _told(
    file: Path, vendor: Vendor, looked: list[Looked], left: list[har.Left], entries: int
) -> dict[str, Any]:
    skipped = [{"entry": one.number, "why": one.case.skipped} for one in looked if one.case.skipped]
    skipped += [{"entry": one.number, "why": one.why} for one in left]
    return {
        "file": str(file),
        "vendor": vendor.name,
        "entries": entries,
        "checked": len(looked) - sum(1 for one in looked if one.case.skipped),
        "others": entries - len(looked) - len(left),
        "skipped": skipped,
        "unseen": [{"entry": one.number, "why": why} for one in looked for why in one.unseen],
        "findings": [one.as_json() | {"entries": numbers} for one, numbers in _folded(looked)],
    }


def _summary(told: dict[str, Any]) -> str:
    found, unseen = len(told["findings"]), Counter(one["why"] for one in told["unseen"])
    counts = f"{told['checked']} checked, {told['others']} not its own, {len(told['skipped'])} skipped"
    unread = "".join(f"; {why} {count} times" for why, count in unseen.items())
    return f"{told['vendor']}: {found or 'nothing'} found ({counts}{unread})"
