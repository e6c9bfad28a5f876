"""`mockserver watch`: reads a live service again and again, and says what has changed."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any, Final

import click

from mockserver.binding.vendor import Vendor
from mockserver.cli.durations import Duration, positive_seconds
from mockserver.cli.overlay_option import overlay_option
from mockserver.cli.report_options import (
    LIVE_RATE,
    credential_options,
    limit_options,
    read_limits,
    story_option,
)
from mockserver.cli.sightings_file import check_sightings, keep_sightings
from mockserver.cli.targets import TargetOptions, collect_credentials, find_vendor, live_target
from mockserver.errors import InvalidContractError
from mockserver.server.interruptible_wait import wait_for
from mockserver.verify.obstacles import explain, judge
from mockserver.verify.result import VerificationResult
from mockserver.verify.runner import Target, VerifyOptions, verify
from mockserver.verify.watching import Watch

_PHASE: Final = "stories"
_LEARNING: Final = 2


@click.command(short_help="Read a live service again and again, and say what changed.")
@click.argument("vendor")
@click.option("--url", required=True, help="Base URL of the live service.")
@credential_options(
    "Credential of the service; repeatable.",
    "YAML or JSON file with credentials; also read from MOCKSERVER_CREDENTIAL_<NAME>.",
)
@click.option(
    "--every",
    type=Duration(),
    default="1h",
    show_default=True,
    callback=positive_seconds,
    help="The time between two readings, e.g. 15m.",
)
@click.option(
    "--times",
    type=click.IntRange(1),
    default=24,
    show_default=True,
    help="The number of readings after the first two.",
)
@story_option
@click.option(
    "--rate",
    type=click.FloatRange(min=0.1),
    default=LIVE_RATE,
    show_default=True,
    help="Maximum number of calls per second.",
)
@limit_options
@overlay_option
@click.option(
    "--seen", type=click.Path(path_type=Path), help="File that keeps when each operation was last seen."
)
def watch(**given: Any) -> int:
    """Run the reading stories of VENDOR against a live service, again and again, and print what is new.

    The first two readings follow one another: values that differ between them are not compared later. Stops
    after --times, or when it is interrupted. Exits with 1 if anything was found after that or deviates from
    the contract, with 2 if a reading could not be carried out.
    """
    vendor = find_vendor(given["vendor"], None, given["overlays"])
    credentials = collect_credentials(vendor, given["file"], given["given"])
    target = live_target(vendor, TargetOptions(given["url"], None, credentials))
    if given["seen"]:
        check_sightings(given["seen"])
    with _interruptible() as stop:
        return _watch(vendor, target, given, stop)


@contextmanager
def _interruptible() -> Iterator[Event]:
    """An event that the signals to end set, in place of what they do otherwise."""
    stop = Event()
    before = {one: signal.signal(one, lambda *_: stop.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _watch(vendor: Vendor, target: Target, given: Mapping[str, Any], stop: Event) -> int:
    watched, changed = Watch(vendor.contract), False
    for number in range(given["times"] + _LEARNING):
        if stop.is_set() or (number >= _LEARNING and wait_for(stop, given["every"])):
            break
        result = _read(vendor, target, given)
        news = watched.add(result)
        changed = changed or (bool(news) and number >= _LEARNING)
        _say(vendor, watched, news)
        if given["seen"]:
            keep_sightings(given["seen"], result)
    return 1 if changed or watched.deviations else 0


def _read(vendor: Vendor, target: Target, given: Mapping[str, Any]) -> VerificationResult:
    """One reading. Raises `ClickException` if nothing of it could be carried out."""
    options = VerifyOptions(
        phases=(_PHASE,),
        calls_per_second=given["rate"],
        stories=given["only"],
        limits=read_limits(given),
    )
    result = VerificationResult(vendor.name, target.url)
    try:
        for _case in judge(verify(vendor, lambda: target, options), vendor.contract, result):
            pass
    except InvalidContractError as error:
        raise click.ClickException(str(error)) from error
    incomplete = explain(result, "read", (_PHASE,))
    if incomplete and not result.completed:
        raise click.ClickException(incomplete)
    if incomplete:
        click.echo(f"{_now()} {incomplete}", err=True)
    return result


def _say(vendor: Vendor, watched: Watch, news: list[str]) -> None:
    time = _now()
    for text in news:
        click.echo(f"{time} {text}")
    values = "1 value is" if watched.volatile == 1 else f"{watched.volatile} values are"
    volatile = f", {values} volatile" if watched.readings == _LEARNING else ""
    click.echo(f"{time} {vendor.name}: reading {watched.readings}, {len(news) or 'nothing'} new{volatile}")


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
