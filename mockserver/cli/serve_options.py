"""How a server is watched, and what it may keep: options of `mockserver serve`, and what they mean."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Final

import click

from mockserver import environment
from mockserver.server import access_log
from mockserver.state.events import Observer
from mockserver.state.journal import MAX_EXCHANGES
from mockserver.state.worlds import MAX_WORLDS

_SECONDS: Final[Mapping[str, int]] = MappingProxyType({"s": 1, "m": 60, "h": 3600, "d": 86_400})
_BYTES: Final[Mapping[str, int]] = MappingProxyType({"K": 1 << 10, "M": 1 << 20, "G": 1 << 30})
_AMOUNT: Final = re.compile(r"([0-9]{1,9})([a-zA-Z])", re.ASCII)


def _amount(units: Mapping[str, int], example: str) -> Callable[..., int | None]:
    """What reads a number with its unit."""

    def read(_context: object, _option: object, text: str | None) -> int | None:
        if text is None:
            return None
        found = _AMOUNT.fullmatch(text)
        if not found or found[2] not in units or not int(found[1]):
            fix = f"write a number and one of {', '.join(units)}, such as {example}"
            raise click.BadParameter(f"{text!r} is none; {fix}")
        return int(found[1]) * units[found[2]]

    return read


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options of this module."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: Final = (
    click.option(
        "--log-format",
        type=click.Choice(access_log.FORMATS),
        default=lambda: environment.read().log_format,
        show_default="MOCKSERVER_LOG_FORMAT, else none",
        help="How a line for every call is written to standard error; none writes only what goes wrong.",
    ),
    click.option("--metrics", is_flag=True, help="Count calls, for Prometheus at /_mock/metrics."),
    click.option(
        "--max-worlds",
        type=click.IntRange(1),
        default=MAX_WORLDS,
        show_default=True,
        help="How many worlds there may be.",
    ),
    click.option(
        "--max-journal",
        type=click.IntRange(1),
        default=MAX_EXCHANGES,
        show_default=True,
        help="How many exchanges the journal of a world keeps, about.",
    ),
    click.option(
        "--max-world-bytes",
        metavar="BYTES",
        callback=_amount(_BYTES, "64M"),
        show_default="as many as the store takes",
        help="How much the calls to a world may have it keep, about: 64M, 1G.",
    ),
    click.option(
        "--expire-worlds",
        metavar="DURATION",
        callback=_amount(_SECONDS, "12h"),
        show_default="never",
        help="Remove worlds that nobody used for so long: 90m, 12h, 7d. The default world stays.",
    ),
)


@contextmanager
def watching(metrics: bool, log_format: str, workers: int) -> Iterator[Callable[[], list[Observer]]]:
    """What makes the observers of a process, to be called in each; they count together meanwhile."""
    access_log.configure(log_format)
    log: list[Observer] = [] if log_format == "none" else [access_log.CallLog()]
    if not metrics:
        yield lambda: log
    elif workers == 1:
        yield lambda: [*log, _metrics(None)]
    else:
        with TemporaryDirectory(prefix="mockserver-metrics-") as folder:
            environment.share_metrics(folder)
            yield lambda: [*log, _metrics(folder)]


def _metrics(folder: str | None) -> Observer:
    try:
        # An optional driver, which has to know beforehand whether processes count together.
        from mockserver.server.prometheus import Metrics
    except ModuleNotFoundError as missing:
        fix = "pip install 'audience-mockserver[metrics]'"
        raise click.ClickException(
            f"{missing.name} is not installed, and --metrics needs it; {fix}"
        ) from missing
    return Metrics(folder)
