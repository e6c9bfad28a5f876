"""`mockserver verify`: checks a fake or the real service against a vendor's contract and stories."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import click
import yaml

from mockserver.binding.vendor import Vendor
from mockserver.cli.overlay_option import overlay_option
from mockserver.cli.report_options import (
    LIVE_RATE,
    credential_options,
    format_option,
    limit_options,
    read_limits,
    report_option,
    story_option,
    write_reports,
)
from mockserver.cli.sightings_file import keep_sightings
from mockserver.cli.targets import TargetOptions, collect_credentials, find_vendor, open_targets
from mockserver.cli.vendor_path import vendor_path_option
from mockserver.errors import InvalidBaselineError, InvalidContractError
from mockserver.homes import find_home
from mockserver.verify import baseline as accepted
from mockserver.verify.contract_patch import propose, propose_overlay
from mockserver.verify.obstacles import explain, judge
from mockserver.verify.reports import report_document
from mockserver.verify.result import Case, VerificationResult
from mockserver.verify.runner import PHASES, Target, VerifyOptions
from mockserver.verify.runner import verify as run_cases
from mockserver.verify.table import summary, table

OVERLAY_ENDING: Final = ".overlay.yaml"
_INSTALL: Final = "pip install 'audience-mockserver[verify]', or pass --phase lint --phase stories"


@click.command(short_help="Check a server against a contract and its stories.")
@click.argument("vendor")
@vendor_path_option
@click.option("--url", help="Base URL of a live service; by default a built-in fake is verified.")
@click.option("--control", help="URL of a running mock server; verified in new worlds of it.")
@credential_options(
    "Credential of the live service; repeatable.",
    "YAML or JSON file with credentials; also read from MOCKSERVER_CREDENTIAL_<NAME>.",
)
@click.option("--writes", is_flag=True, help="Allow write operations against a live service.")
@click.option(
    "--phase", "phases", type=click.Choice(PHASES), multiple=True, help="Run only this phase; repeatable."
)
@story_option
@click.option(
    "--rate",
    type=click.FloatRange(min=0.1),
    help="Maximum number of calls per second.  [default: 5 for a live service]",
)
@click.option(
    "--examples",
    default=10,
    show_default=True,
    type=click.IntRange(1),
    help="Number of examples that the fuzzer generates per operation.",
)
@click.option(
    "--seed",
    default=4700,
    show_default=True,
    help="Random seed of the fuzzer; the same seed gives the same calls.",
)
@limit_options
@report_option
@format_option
@click.option(
    "--seen", type=click.Path(path_type=Path), help="File that keeps when --url last sent what; for `proof`."
)
@click.option("--baseline", type=click.Path(path_type=Path), help="JSON file with accepted findings.")
@click.option("--accept", is_flag=True, help="Write the findings to the baseline.")
@click.option(
    "--contract", type=click.Path(path_type=Path), help="Contract file to use instead of the vendor's own."
)
@overlay_option
@click.option(
    "--propose",
    metavar="FILE",
    help="Write a contract patch for the observed drift (- for stdout); to FILE.overlay.yaml an overlay.",
)
def verify(**given: Any) -> int:
    """Check a server against the contract of VENDOR: lint, stories and fuzzing.

    Exits with 1 if anything was found that is not in the baseline, with 2 if any part could not be
    carried out.
    """
    _check_options(given)
    vendor = find_vendor(given["vendor"], given["contract"], given["overlays"])
    say = _printer(given)
    target = TargetOptions(
        given["url"],
        given["control"],
        collect_credentials(vendor, given["file"], given["given"]),
        given["overlays"],
    )
    live = target.url is not None
    options = _options(given, live)
    result = VerificationResult(
        vendor.name,
        target.url or target.control_url or "built-in fake",
        _accepted_keys(given),
        seed=options.seed if "fuzz" in options.phases else None,
    )
    with open_targets(vendor, target) as (make_target, secrets):
        _run(vendor, make_target, options, result, say)
    if not result.hindered or result.completed:
        say("\n".join(["", *table(vendor.contract, result), "", *summary(vendor.contract, result)]))
    write_reports(given["report"], vendor.contract, result, secrets)
    if given["seen"]:
        keep_sightings(given["seen"], result)
    if given["output_format"] == "json":
        click.echo(json.dumps(report_document(vendor.contract, result), indent=2, ensure_ascii=False))
    incomplete = explain(result, "verified", options.phases)
    if incomplete:
        kept = f"; {given['baseline']} was not written" if given["accept"] else ""
        raise click.ClickException(f"{incomplete}{kept}")
    if given["propose"]:
        propose_changes = _propose_overlay if given["propose"].endswith(OVERLAY_ENDING) else _propose
        propose_changes(vendor, given, result, say)
    if given["accept"]:
        _accept(given["baseline"], result)
        return 0
    return 1 if result.new_findings else 0


def _check_options(given: Mapping[str, Any]) -> None:
    if given["seen"] and not given["url"]:
        raise click.UsageError("--seen keeps what a live service has sent; pass --url URL too")
    if given["propose"] == "-" and given["output_format"] == "json":
        raise click.UsageError("--propose - and --format json both need standard output; name a file")
    if given["propose"] and given["overlays"] and not given["propose"].endswith(OVERLAY_ENDING):
        fix = f"write to a file that ends in {OVERLAY_ENDING}"
        raise click.UsageError(f"a patch changes the contract itself, without its overlays; {fix}")


def _printer(given: Mapping[str, Any]) -> Callable[[str], None]:
    """Prints text to stdout; to stderr if stdout has a patch, nowhere if it has JSON."""
    if given["output_format"] == "json":
        return lambda _text: None
    return lambda text: click.echo(text, err=given["propose"] == "-")


def _options(given: Mapping[str, Any], live: bool) -> VerifyOptions:
    return VerifyOptions(
        phases=given["phases"] or PHASES,
        writes=given["writes"] or not live,
        calls_per_second=given["rate"] or (LIVE_RATE if live else None),
        examples=given["examples"],
        seed=given["seed"],
        stories=given["only"],
        contract=given["contract"],
        overlays=given["overlays"],
        limits=read_limits(given),
    )


def _run(
    vendor: Vendor,
    make_target: Callable[[], Target],
    options: VerifyOptions,
    result: VerificationResult,
    say: Callable[[str], None],
) -> None:
    try:
        for case in judge(run_cases(vendor, make_target, options), vendor.contract, result):
            say(_case_line(case))
    except InvalidContractError as error:
        raise click.ClickException(str(error)) from error
    except ImportError as missing:
        raise click.ClickException(f"the fuzzer is not installed ({missing}); {_INSTALL}") from missing


def _propose_overlay(
    vendor: Vendor, given: Mapping[str, Any], result: VerificationResult, say: Callable[[str], None]
) -> None:
    """Writes the overlay, and prints the drift that it does not cover."""
    document, remaining = propose_overlay(vendor.contract, vendor.name, result.exchanges)
    for one in remaining:
        say(f"not in the overlay: {one}")
    if not document["actions"]:
        say("nothing to propose")
        return
    _write(given["propose"], yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110))
    say(f"proposed: {len(document['actions'])} actions in {given['propose']}, for --overlay")


def _propose(
    vendor: Vendor, given: Mapping[str, Any], result: VerificationResult, say: Callable[[str], None]
) -> None:
    """Writes the patch, which may be empty, and prints the drift that it does not cover."""
    path = given["contract"] or find_home(vendor.name).contract
    proposal = propose(vendor.name, path, result.exchanges)
    for one in proposal.remaining:
        say(f"not in the patch: {one}")
    if given["propose"] == "-":
        click.echo(proposal.patch, nl=False)
        return
    _write(given["propose"], proposal.patch)
    lines = sum(1 for line in proposal.patch.split("\n")[2:] if line[:1] in ("+", "-"))
    say(
        f"proposed: {lines} changed lines in {given['propose']}, for `git apply`"
        if lines
        else "nothing to propose"
    )


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_bytes(text.encode())
    except OSError as error:
        fix = "choose a file in an existing folder"
        raise click.ClickException(f"cannot write {file} ({error.strerror}); {fix}") from error


def _case_line(case: Case) -> str:
    if case.skipped is not None:
        status = f"skipped: {case.skipped}"
    elif case.obstacle is not None:
        status = "not carried out"
    else:
        status = f"{len(case.findings)} found" if case.findings else "ok"
    return f"{case.phase:<8}{case.name}  {status} ({len(case.exchanges)} calls, {case.seconds:.1f} s)"


def _accepted_keys(given: Mapping[str, Any]) -> frozenset[str]:
    if given["accept"] and given["baseline"] is None:
        raise click.UsageError("--accept needs the file to write; pass --baseline FILE")
    try:
        if given["accept"]:
            accepted.check_baseline(given["baseline"])
            return frozenset()
        return accepted.read_baseline(given["baseline"]) if given["baseline"] else frozenset()
    except InvalidBaselineError as error:
        raise click.ClickException(str(error)) from error


def _accept(file: Path, result: VerificationResult) -> None:
    try:
        accepted.write_baseline(file, result.findings)
    except InvalidBaselineError as error:
        raise click.ClickException(str(error)) from error
