"""`mockserver diff`: runs the same stories against two servers and compares the responses."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final

import click

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
from mockserver.cli.targets import TargetOptions, collect_credentials, find_vendor, open_targets
from mockserver.cli.vendor_path import vendor_path_option
from mockserver.errors import InvalidContractError
from mockserver.verify.cause import find_causes
from mockserver.verify.diff_runner import PHASE, SIDES, compare_servers
from mockserver.verify.obstacles import explain, judge
from mockserver.verify.reports import report_document
from mockserver.verify.result import Case, VerificationResult
from mockserver.verify.runner import Target, VerifyOptions

_BUILT_IN: Final = "built-in fake"


@click.command(short_help="Compare the responses of two servers.")
@click.argument("vendor")
@click.option(
    "--url",
    "urls",
    multiple=True,
    required=True,
    help="Base URL of a server; give it twice, or once to compare with a built-in fake (a).",
)
@credential_options(
    "Credential for both servers; a.NAME or b.NAME for one of them; repeatable.",
    "YAML or JSON file with credentials for both servers.",
)
@vendor_path_option
@click.option("--writes", is_flag=True, help="Allow write operations.")
@story_option
@click.option(
    "--rate",
    type=click.FloatRange(min=0.1),
    default=LIVE_RATE,
    show_default=True,
    help="Maximum number of calls per second to each server.",
)
@overlay_option
@limit_options
@report_option
@format_option
def diff(**given: Any) -> int:
    """Run the stories of VENDOR against two servers and report how the responses differ.

    Shapes and enumerated values are compared, other values are not. Exits with 1 if anything differs,
    with 2 if any story could not be carried out on both servers.
    """
    vendor = find_vendor(given["vendor"], None, given["overlays"])
    urls: tuple[str, ...] = given["urls"]
    if len(urls) > len(SIDES):
        raise click.UsageError("too many servers; give --url once or twice")
    targets = [
        TargetOptions(url, None, _credentials(vendor, given, side))
        for side, url in zip(_sides(urls), urls, strict=True)
    ]
    options = VerifyOptions(
        writes=given["writes"],
        calls_per_second=given["rate"],
        stories=given["only"],
        limits=read_limits(given),
    )
    say: Callable[[str], None] = click.echo if given["output_format"] == "text" else lambda _text: None
    names = [_BUILT_IN, *urls][-len(SIDES) :]
    for side, url in zip(SIDES, names, strict=True):
        say(f"{side}: {url}")
    result = VerificationResult(vendor.name, " / ".join(names), sides=tuple(names))
    with ExitStack() as stack:
        if len(targets) == 1:
            targets.insert(0, TargetOptions(None, None, {}, given["overlays"]))
        opened = [stack.enter_context(open_targets(vendor, target)) for target in targets]
        make_targets = [_without_control(make_target) for make_target, _secrets in opened]
        _run(vendor, make_targets, options, result, say)
    if not result.hindered or result.completed:
        say("\n".join(["", *_summary(result)]))
    write_reports(
        given["report"],
        vendor.contract,
        result,
        [text for _make_target, secrets in opened for text in secrets],
    )
    if given["output_format"] == "json":
        click.echo(json.dumps(report_document(vendor.contract, result), indent=2, ensure_ascii=False))
    incomplete = explain(result, "compared", (PHASE,))
    if incomplete:
        raise click.ClickException(incomplete)
    return 1 if result.findings else 0


def _sides(urls: tuple[str, ...]) -> tuple[str, ...]:
    return SIDES[-len(urls) :]


def _credentials(vendor: Vendor, given: dict[str, Any], side: str) -> dict[str, str]:
    """The credentials of one side; `a.NAME` and `b.NAME` override NAME."""
    typed: dict[str, str] = given["given"]
    both = {name: text for name, text in typed.items() if not name.startswith(("a.", "b."))}
    own = {name[2:]: text for name, text in typed.items() if name.startswith(f"{side}.")}
    return collect_credentials(vendor, given["file"], both | own)


def _without_control(make_target: Callable[[], Target]) -> Callable[[], Target]:
    """The target without control access, so that both servers skip the stories that need the clock."""
    return lambda: replace(make_target(), control_url=None)


def _run(
    vendor: Vendor,
    make_targets: list[Callable[[], Target]],
    options: VerifyOptions,
    result: VerificationResult,
    say: Callable[[str], None],
) -> None:
    try:
        for case in judge(compare_servers(vendor, make_targets, options), vendor.contract, result):
            say(_case_line(case))
    except InvalidContractError as error:
        raise click.ClickException(str(error)) from error


def _case_line(case: Case) -> str:
    if case.skipped is not None:
        return f"{case.name}  skipped: {case.skipped}"
    if case.obstacle is not None:
        return f"{case.name}  not carried out"
    calls = f"{len(case.exchanges)} calls, {case.seconds:.1f} s"
    return f"{case.name}  {f'{len(case.findings)} differ' if case.findings else 'same'} ({calls})"


def _summary(result: VerificationResult) -> Iterator[str]:
    """One line per difference (steps, operation, first / second server), then the counts."""
    for cause in find_causes(result.findings):
        one = cause.first
        where = f"{one.operation or 'no operation'} {one.pointer}".rstrip()
        yield f"{cause.places}: {where}: {one.check}: {one.message}"
    yield from (f"not carried out: {case.name}: {case.obstacle}" for case in result.hindered)
    skipped = sum(1 for case in result.cases if case.skipped is not None)
    found = len(result.findings) or "nothing"
    hindered = f"{len(result.hindered)} not carried out, " if result.hindered else ""
    counts = f"{len(result.completed)} stories compared, {hindered}{skipped} skipped"
    yield f"{result.vendor}: {found} {'differs' if len(result.findings) < 2 else 'differ'} ({counts})"
