"""`mockserver check`: validates recorded traffic against a vendor's contract, offline."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypedDict

import click

from mockserver.binding.vendor import Vendor
from mockserver.cli.display import print_formatted
from mockserver.cli.overlay_option import overlay_option
from mockserver.cli.quantities import BYTES, quantity
from mockserver.cli.report_options import format_option, report_option, write_reports
from mockserver.cli.sightings_file import keep_sightings
from mockserver.cli.targets import check_base_url, find_vendor
from mockserver.cli.vendor_path import vendor_path_option
from mockserver.contract.overlay import Overlay
from mockserver.errors import InvalidArchiveError
from mockserver.verify import har
from mockserver.verify.finding import Finding, FindingDict
from mockserver.verify.har_check import PHASE, CheckedEntry, VendorUrls, check_entries
from mockserver.verify.obstacles import explain
from mockserver.verify.result import Case, VerificationResult

_HEADERS: Final = ("entries", "side", "check", "where", "what")
_MAX_NUMBERS: Final = 5
_MAX_HOSTS: Final = 5


@click.command(short_help="Validate recorded traffic (HAR) against a contract.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--vendor", "name", required=True, help="Vendor whose contract applies.")
@vendor_path_option
@click.option(
    "--base",
    "bases",
    metavar="URL",
    multiple=True,
    help="Additional base URL of the vendor in the recording; repeatable.",
)
@click.option(
    "--max-file-bytes",
    metavar="BYTES",
    default=f"{har.MAX_FILE_BYTES >> 20}M",
    show_default=True,
    callback=quantity(BYTES, "128M"),
    help="Maximum size of the file, which is read into memory.",
)
@click.option(
    "--seen",
    type=click.Path(path_type=Path),
    help="File that keeps when the real service last sent what, by the dates in FILE; for `proof`.",
)
@overlay_option
@report_option
@format_option
def check(
    file: Path,
    name: str,
    bases: tuple[str, ...],
    max_file_bytes: int,
    seen: Path | None,
    overlays: tuple[Overlay, ...],
    report: dict[str, str],
    output_format: str,
) -> int:
    """Validate the requests and responses in FILE, an HTTP Archive (HAR), against a contract, offline.

    Exits with 1 if anything violates the contract, with 2 if any response could not be validated.
    """
    vendor = find_vendor(name, None, overlays)
    for base in bases:
        check_base_url(base)
    try:
        entries = har.read_archive(file, max_file_bytes)
    except InvalidArchiveError as error:
        raise click.ClickException(str(error)) from error
    urls = VendorUrls(vendor.contract, bases)
    checked = list(check_entries(vendor.contract, entries, urls))
    if all(one.case.skipped for one in checked):
        raise click.ClickException(_no_calls_error(file, vendor, entries))
    skipped = [one for one in entries if isinstance(one, har.SkippedEntry)]
    cases = [one.case for one in checked]
    cases += [Case(PHASE, f"entry {one.number}", skipped=one.reason) for one in skipped]
    result = VerificationResult(vendor.name, str(file), cases=cases)
    write_reports(report, vendor.contract, result)
    if seen:
        keep_sightings(seen, result, lambda one: urls.is_real(one.request.url))
    found = _grouped(checked)
    value = _report(file, vendor, checked, skipped, len(entries))
    summary = _summary(value)
    print_formatted(output_format, value, _HEADERS, lambda: _rows(found), summary, summary)
    incomplete = explain(result, "checked", (PHASE,))
    if incomplete:
        raise click.ClickException(incomplete)
    return 1 if found else 0


class SkippedDict(TypedDict):
    """An entry that was not validated, or a part of one, and the reason, as JSON."""

    entry: int
    why: str


class FoundDict(FindingDict):
    """A finding as JSON, with the numbers of the entries that have it."""

    entries: list[int]


class Report(TypedDict):
    """A check as JSON; `hindered` lists responses that could not be validated."""

    file: str
    vendor: str
    entries: int
    checked: int
    others: int
    skipped: list[SkippedDict]
    unseen: list[SkippedDict]
    hindered: list[SkippedDict]
    findings: list[FoundDict]


def _no_calls_error(file: Path, vendor: Vendor, entries: list[har.HarEntry | har.SkippedEntry]) -> str:
    """The error for an archive without a call to the vendor: it must not look like a successful check."""
    found = [host for host, _count in Counter(har.called_hosts(entries)).most_common(_MAX_HOSTS)]
    problem = f"{file} has no call to {vendor.name} (hosts in it: {', '.join(found) or 'none'})"
    return f"{problem}; pass --base URL if the vendor has another address"


def _grouped(checked: list[CheckedEntry]) -> list[tuple[Finding, list[int]]]:
    """Each finding once, with the numbers of the entries that have it."""
    found: dict[str, tuple[Finding, list[int]]] = {}
    for one in checked:
        for finding in one.case.findings:
            _, numbers = found.setdefault(finding.key, (finding, []))
            if one.number not in numbers:
                numbers.append(one.number)
    return list(found.values())


def _rows(found: list[tuple[Finding, list[int]]]) -> Iterator[list[object]]:
    for finding, numbers in found:
        listed = ", ".join(map(str, numbers[:_MAX_NUMBERS]))
        more = f" … ({len(numbers)})" if numbers[_MAX_NUMBERS:] else ""
        where = f"{finding.place} {finding.pointer}".rstrip()
        yield [listed + more, finding.phase, finding.check, where, finding.message]


def _report(
    file: Path,
    vendor: Vendor,
    checked: list[CheckedEntry],
    skipped_entries: list[har.SkippedEntry],
    entries: int,
) -> Report:
    skipped: list[SkippedDict] = [
        {"entry": one.number, "why": one.case.skipped} for one in checked if one.case.skipped
    ]
    skipped += [{"entry": one.number, "why": one.reason} for one in skipped_entries]
    return {
        "file": str(file),
        "vendor": vendor.name,
        "entries": entries,
        "checked": len(checked) - sum(1 for one in checked if one.case.skipped),
        "others": entries - len(checked) - len(skipped_entries),
        "skipped": skipped,
        "unseen": [{"entry": one.number, "why": why} for one in checked for why in one.not_recorded],
        "hindered": [{"entry": one.number, "why": one.case.obstacle} for one in checked if one.case.obstacle],
        "findings": [{**one.to_dict(), "entries": numbers} for one, numbers in _grouped(checked)],
    }


def _summary(report: Report) -> str:
    found, unrecorded = len(report["findings"]), Counter(one["why"] for one in report["unseen"])
    counts = (
        f"{report['checked']} checked, {report['others']} of other services, {len(report['skipped'])} skipped"
    )
    lines = [f"skipped: entry {one['entry']}: {one['why']}" for one in report["skipped"][:_MAX_NUMBERS]]
    if report["skipped"][_MAX_NUMBERS:]:
        lines.append(f"skipped: {len(report['skipped']) - _MAX_NUMBERS} more, listed by --format json")
    for reason, count in unrecorded.items():
        lines.append(f"incomplete: {reason} ({count} {'entry' if count == 1 else 'entries'})")
    return "\n".join([*lines, f"{report['vendor']}: {found or 'nothing'} found ({counts})"])
