"""Options shared by `verify`, `watch`, `check` and `diff`: credentials, reports, output format, limits."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from mockserver.cli.durations import Duration, positive_seconds
from mockserver.cli.quantities import BYTES, quantity
from mockserver.contract.contract import Contract
from mockserver.verify import reports
from mockserver.verify.limits import DEFAULTS, Limits
from mockserver.verify.result import VerificationResult

LIVE_RATE: Final = 5.0
"""Calls a second to a live service, unless the user says otherwise."""

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _parse_pairs(_context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Callback of a repeatable NAME=VALUE option: the values by name."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise click.BadParameter(f"{text!r} is not of the form NAME=VALUE", param=option)
        found[name] = value
    return found


def _parse_reports(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found = _parse_pairs(context, option, given)
    for name in found:
        if name not in reports.FORMATS:
            available = ", ".join(reports.FORMATS)
            raise click.ClickException(f"unknown report format {name!r} (available: {available})")
    return found


report_option: Final[Decorator] = click.option(
    "--report",
    "report",
    metavar="FORMAT=FILE",
    multiple=True,
    callback=_parse_reports,
    help="Write a report; FORMAT is junit, json, html or har; repeatable.",
)


story_option: Final[Decorator] = click.option(
    "--story", "only", multiple=True, help="Run only this story; repeatable."
)


format_option: Final[Decorator] = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Output format.",
)


def credential_options(one: str, file: str) -> Decorator:
    """`--credential` and `--credentials` with these helps; the command gets `given` and `file`."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        path = click.Path(path_type=Path)
        command = click.option("--credentials", "file", type=path, help=file)(command)
        option = click.option(
            "--credential", "given", metavar="NAME=VALUE", multiple=True, callback=_parse_pairs, help=one
        )
        return option(command)

    return add


def limit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--timeout`, `--time-limit` and `--max-reply-bytes`; `read_limits` reads them."""
    for option in reversed(_LIMITS):
        command = option(command)
    return command


_LIMITS: Final[tuple[Decorator, ...]] = (
    click.option(
        "--timeout",
        type=Duration(),
        default=f"{DEFAULTS.call_seconds:g}s",
        show_default=True,
        callback=positive_seconds,
        help="Maximum duration of one call, to the last byte of its reply.",
    ),
    click.option(
        "--time-limit",
        type=Duration(),
        default=f"{DEFAULTS.run_seconds / 3600:g}h",
        show_default=True,
        callback=positive_seconds,
        help="Maximum duration of all calls together.",
    ),
    click.option(
        "--max-reply-bytes",
        metavar="BYTES",
        default=f"{DEFAULTS.reply_bytes >> 20}M",
        show_default=True,
        callback=quantity(BYTES, "8M"),
        help="Maximum size of one reply, also when decompressed.",
    ),
)


def read_limits(given: Mapping[str, Any]) -> Limits:
    """The limits that the options set."""
    return Limits(
        reply_bytes=given["max_reply_bytes"],
        call_seconds=given["timeout"],
        run_seconds=given["time_limit"],
    )


def write_reports(
    report: Mapping[str, str], contract: Contract, outcome: VerificationResult, secrets: Iterable[str] = ()
) -> None:
    """Writes each requested report; `secrets` are blanked."""
    hidden = tuple(secrets)
    for name, target in report.items():
        try:
            Path(target).write_text(reports.FORMATS[name](contract, outcome, hidden), encoding="utf-8")
        except OSError as error:
            message = f"cannot write the report {target} ({error.strerror}); choose another file"
            raise click.ClickException(message) from error
