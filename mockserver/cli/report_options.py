"""Options shared by `verify`, `check` and `diff`: NAME=VALUE pairs and `--report`."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from mockserver.contract.contract import Contract
from mockserver.verify import reports
from mockserver.verify.result import VerificationResult


def parse_pairs(_context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Callback of a repeatable NAME=VALUE option: the values by name."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise click.BadParameter(f"{text!r} is not of the form NAME=VALUE", param=option)
        found[name] = value
    return found


def _parse_reports(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found = parse_pairs(context, option, given)
    for name in found:
        if name not in reports.FORMATS:
            available = ", ".join(reports.FORMATS)
            raise click.ClickException(f"unknown report format {name!r} (available: {available})")
    return found


report_option: Final[Callable[[Callable[..., Any]], Callable[..., Any]]] = click.option(
    "--report",
    "report",
    metavar="FORMAT=FILE",
    multiple=True,
    callback=_parse_reports,
    help="Write a report; FORMAT is junit, json, html or har; repeatable.",
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
