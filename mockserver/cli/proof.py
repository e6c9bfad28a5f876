"""`mockserver proof`: what shows that a fake does what the real service does, and what does not."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from mockserver.binding.vendor import Vendor
from mockserver.cli.display import format_option, print_result, print_table
from mockserver.cli.targets import TargetOptions, find_vendor, open_targets
from mockserver.cli.vendor_path import say_left_out, vendor_path_option
from mockserver.client import Control
from mockserver.errors import InvalidContractError, InvalidSightingsError
from mockserver.homes import find_home
from mockserver.paths import checkout
from mockserver.vendors import Vendors
from mockserver.verify.evidence import Evidence, read_evidence, write_evidence
from mockserver.verify.proof import VERDICTS, prove, unknown_names
from mockserver.verify.proof_page import page
from mockserver.verify.runner import Target, VerifyOptions, verify
from mockserver.verify.sightings import Sighting, read_sightings

_FAKE: Final = TargetOptions(None, None, {})
_COUNTED: Final = ("operations", "problems")
_WITNESSES: Final = ("outside", "clients", "seen")
_NUMBERS_EXPLAINED: Final = """
outside, clients, seen: operations with a witness that is not ours, with a client or a recording, seen live
`mockserver proof VENDOR` shows every operation and problem"""

StoryEvidence = dict[str, dict[str, list[str]]]
"""The content of `stories.json`: the stories that reach each operation, and each problem."""


@click.command(short_help="Show what proves that a fake is right, and what is open.")
@click.argument("vendor", required=False)
@vendor_path_option
@click.option(
    "--check", is_flag=True, help="Play the stories again; 1 if the evidence or the page is not true."
)
@click.option("--update", is_flag=True, help="Play the stories again, and write the evidence and the page.")
@click.option(
    "--seen",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of the operations that you have seen live, written by `verify --seen`.",
)
@format_option()
def proof(vendor: str | None, check: bool, update: bool, seen: Path | None) -> int:
    """Show, for each operation and problem of VENDOR, who states it and what has exercised it.

    Prints a page in Markdown, or JSON with --format json; without VENDOR the numbers of each vendor.
    """
    if check and update:
        raise click.UsageError("--check and --update exclude each other; pass one")
    if vendor is None:
        if check or update:
            raise click.UsageError("--check and --update work on one vendor; name it")
        _print_numbers(seen)
        return 0
    found = find_vendor(vendor)
    try:
        if update:
            write_evidence(vendor, "stories", play_stories(found))
    except OSError as error:
        fix = "run it in a checkout that you may change"
        raise click.ClickException(
            f"cannot write the evidence of {vendor} ({error.strerror}); {fix}"
        ) from error
    evidence, sightings = _read(vendor, seen)
    if update:
        write_page(found, evidence)
    if check:
        return _print_differences(found, evidence)
    proved = prove(vendor, found.contract, evidence, sightings.get(vendor))
    print_result(proved, page(proved).rstrip(), text_in_pipes=True)
    return 0


def _read(vendor: str, seen: Path | None) -> tuple[Evidence, Mapping[str, Mapping[str, Sighting]]]:
    try:
        return read_evidence(vendor), read_sightings(seen) if seen else {}
    except (InvalidContractError, InvalidSightingsError) as error:
        raise click.ClickException(str(error)) from error


def _print_numbers(seen: Path | None) -> None:
    """Prints the summary of each vendor: its operations and problems by verdict, and its witnesses."""
    known = Vendors()
    say_left_out(known)
    found: list[dict[str, Any]] = []
    for name, vendor in known.items():
        evidence, sightings = _read(name, seen)
        proved = prove(name, vendor.contract, evidence, sightings.get(name))
        found.append({member: proved[member] for member in ("vendor", "title", "summary")})
    headers = ("vendor", *(f"{kind} {verdict}" for kind in _COUNTED for verdict in VERDICTS), *_WITNESSES)
    print_table(found, headers, lambda: map(_numbers, found), "no vendors", _NUMBERS_EXPLAINED)


def _numbers(proved: Mapping[str, Any]) -> list[object]:
    summary = proved["summary"]
    counts = [summary[kind][verdict] for kind in _COUNTED for verdict in VERDICTS]
    return [proved["vendor"], *counts, *(summary[one] for one in _WITNESSES)]


def play_stories(vendor: Vendor) -> StoryEvidence:
    """The evidence of the vendor's stories, each played in a new world of a fake in this process."""
    operations, problems = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    targets: list[Target] = []
    with open_targets(vendor, _FAKE) as (make_target, _secrets):

        def remember() -> Target:
            targets.append(make_target())
            return targets[-1]

        for case in verify(vendor, remember, VerifyOptions(phases=("stories",), writes=True)):
            for kind, name in sorted(set(_reached(vendor, targets[-1]))):
                (problems if kind == "problem" else operations)[name].append(case.name)
    return {"operations": dict(operations), "problems": dict(problems)}


def _reached(vendor: Vendor, target: Target) -> Iterator[tuple[str, str]]:
    """The problems and the successful operations of the calls in the target's world."""
    control = Control((target.control_url or "").removesuffix("/_mock"))
    for exchange in control.world(target.world or "").journal(vendor=vendor.name):
        if exchange["problem"]:
            yield "problem", exchange["problem"]
        elif exchange["operation"]:
            yield "operation", exchange["operation"]


def compare_stories(committed: Evidence, played: StoryEvidence) -> list[str]:
    """The differences between the evidence and what the stories have reached: one line for each."""
    pairs: list[tuple[str, Mapping[str, Any], dict[str, list[str]]]] = [
        ("operation", committed.stories, played["operations"]),
        ("problem", committed.problem_stories, played["problems"]),
    ]
    return [
        f"{kind} {name}: {story} {verb} it, {fix}"
        for kind, known, now in pairs
        for name in sorted(known.keys() | now.keys())
        for verb, fix, stories in (
            ("no longer reaches", "a witness is lost", {*known.get(name, ())} - {*now.get(name, ())}),
            ("now reaches", "which is not in the evidence", {*now.get(name, ())} - {*known.get(name, ())}),
        )
        for story in sorted(stories)
    ]


def page_file(vendor: str) -> Path | None:
    """The path of the vendor's page; None outside a checkout, and for a vendor from outside."""
    root = checkout()
    if root is None or not find_home(vendor).is_shipped:
        return None
    return root / "docs" / "vendors" / f"{vendor}.md"


def write_page(vendor: Vendor, evidence: Evidence) -> None:
    """Writes the vendor's page, in a checkout."""
    path = page_file(vendor.name)
    if path:
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(prove(vendor.name, vendor.contract, evidence)), encoding="utf-8")


def page_differs(vendor: Vendor, evidence: Evidence) -> bool:
    """Whether the vendor's page is missing or not that of the evidence; never outside a checkout."""
    path = page_file(vendor.name)
    text = page(prove(vendor.name, vendor.contract, evidence))
    return path is not None and (not path.is_file() or path.read_text(encoding="utf-8") != text)


def _print_differences(vendor: Vendor, evidence: Evidence) -> int:
    found = compare_stories(evidence, play_stories(vendor))
    found += [
        f"{name}: the contract has no such operation" for name in unknown_names(vendor.contract, evidence)
    ]
    if page_differs(vendor, evidence):
        found.append(f"{page_file(vendor.name)} is not the page of the evidence")
    fix = f"mockserver proof {vendor.name} --update"
    lines = [*found, f"{len(found)} differences; `{fix}` writes what is true now"] if found else []
    print_result(found, "\n".join(lines) or f"{vendor.name}: evidence and page are true", text_in_pipes=True)
    return 1 if found else 0
