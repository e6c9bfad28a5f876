"""What the commands share that tell whether something is true: options as NAME=VALUE, and reports."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from mockserver.contract.contract import Contract
from mockserver.verify import reports
from mockserver.verify.result import Outcome


def pairs(_context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """The callback of an option that is given as NAME=VALUE, more than once if wished."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param=option)
        found[name] = value
    return found


def _known(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found = pairs(context, option, given)
    for form in found:
        if form not in reports.FORMS:
            there = ", ".join(reports.FORMS)
            raise click.ClickException(f"no report is of the form {form}; there are: {there}")
    return found


report_option: Final[Callable[[Callable[..., Any]], Callable[..., Any]]] = click.option(
    "--report",
    "report",
    metavar="FORM=FILE",
    multiple=True,
    callback=_known,
    help="junit, json, html or har; may be repeated.",
)


def write(
    report: Mapping[str, str], contract: Contract, outcome: Outcome, secrets: Iterable[str] = ()
) -> None:
    """Writes each report that is wished for."""
    hidden = tuple(secrets)
    for form, target in report.items():
        try:
            Path(target).write_text(reports.FORMS[form](contract, outcome, hidden), encoding="utf-8")
        except OSError as trouble:
            why = f"the report {target} cannot be written ({trouble.strerror}); choose another file"
            raise click.ClickException(why) from trouble
