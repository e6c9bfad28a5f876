"""`mockserver proof`: what shows that a fake does what the real service does, and what does not."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from mockserver.binding.vendor import Vendor
from mockserver.cli.display import format_option, print_result
from mockserver.cli.targets import TargetOptions, find_vendor, open_targets
from mockserver.client import Control
from mockserver.errors import InvalidContractError, InvalidSightingsError
from mockserver.paths import checkout
from mockserver.verify.evidence import Evidence, read_evidence, write_evidence
from mockserver.verify.proof import prove, unknown_names
from mockserver.verify.proof_page import page
from mockserver.verify.runner import Target, VerifyOptions, verify
from mockserver.verify.sightings import read_sightings

_FAKE: Final = TargetOptions(None, None, {})

StoryEvidence = dict[str, dict[str, list[str]]]
"""The content of `stories.json`: the stories that reach each operation, and each problem."""


@click.command(short_help="Show what proves that a fake is right, and what is open.")
@click.argument("vendor")
@click.option(
    "--check", is_flag=True, help="Play the stories again; 1 if the evidence or the page is not true."
)
@click.option("--update", is_flag=True, help="Play the stories again, and write the evidence and the page.")
@click.option(
    "--seen",
    type=click.Path(path_type=Path),
    help="File of the operations that you have seen live, written by `verify --seen`.",
)
@format_option()
def proof(vendor: str, check: bool, update: bool, seen: Path | None) -> int:
    """Show, for each operation and problem of VENDOR, who states it and what has exercised it.

    Prints a page in Markdown, or JSON with --format json.
    """
    if check and update:
        raise click.UsageError("--check and --update exclude each other; pass one")
    found = find_vendor(vendor)
    try:
        if update:
            write_evidence(vendor, "stories", play_stories(found))
        evidence = read_evidence(vendor)
        sightings = read_sightings(seen) if seen else {}
    except (InvalidContractError, InvalidSightingsError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        fix = "run it in a checkout that you may change"
        raise click.ClickException(
            f"cannot write the evidence of {vendor} ({error.strerror}); {fix}"
        ) from error
    if update:
        write_page(found, evidence)
    if check:
        return _print_differences(found, evidence)
    proved = prove(vendor, found.contract, evidence, sightings.get(vendor))
    print_result(proved, page(proved).rstrip(), text_in_pipes=True)
    return 0


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
    """The path of the vendor's page; None outside a checkout."""
    root = checkout()
    return root / "docs" / "vendors" / f"{vendor}.md" if root else None


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
