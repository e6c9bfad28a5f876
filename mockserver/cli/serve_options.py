"""`serve` options for logging, metrics and limits."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import time
from tempfile import TemporaryDirectory
from typing import Any, Final

import click

from mockserver import environment
from mockserver.cli.durations import Delay, Duration, positive_seconds
from mockserver.cli.quantities import BYTES, quantity
from mockserver.server import access_log
from mockserver.server.cross_origin import ANY_ORIGIN
from mockserver.state.events import Observer
from mockserver.state.journal import MAX_EXCHANGES
from mockserver.state.worlds import MAX_WORLDS

_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[A-Za-z0-9._~\[\]:-]+/?")


def serve_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of this module to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS: Final = (
    click.option(
        "--log-format",
        type=click.Choice(access_log.FORMATS),
        default=lambda: environment.read().log_format,
        show_default="MOCKSERVER_LOG_FORMAT, else none",
        help="Format of the access log on standard error; none logs errors only.",
    ),
    click.option(
        "--durability",
        type=click.Choice(["fast", "safe"]),
        default="fast",
        show_default=True,
        help="What answered calls in the --store survive: killed processes (fast), or power cuts too (safe).",
    ),
    click.option(
        "--latency",
        type=Delay(),
        help="Delay every reply of the default world, e.g. 200ms, 100ms..2s or 200ms~0.5.",
    ),
    click.option("--metrics", is_flag=True, help="Expose Prometheus metrics at /_mock/metrics."),
    click.option(
        "--max-worlds",
        type=click.IntRange(1),
        default=MAX_WORLDS,
        show_default=True,
        help="Maximum number of worlds.",
    ),
    click.option(
        "--max-journal",
        type=click.IntRange(1),
        default=MAX_EXCHANGES,
        show_default=True,
        help="Approximate number of exchanges that a journal keeps.",
    ),
    click.option(
        "--max-world-bytes",
        metavar="BYTES",
        callback=quantity(BYTES, "64M"),
        show_default="unlimited",
        help="Approximate storage quota of a world, e.g. 64M or 1G.",
    ),
    click.option(
        "--expire-worlds",
        type=Duration(),
        callback=positive_seconds,
        show_default="never",
        help="Delete worlds unused for this long, e.g. 90m, 12h or 7d; never the default world.",
    ),
    click.option(
        "--reset-daily",
        metavar="HH:MM",
        callback=lambda _context, option, text: _time_of_day(option, text),
        show_default="never",
        help="Reset the default world every day at this time (UTC).",
    ),
    click.option(
        "--cors",
        metavar="ORIGIN",
        multiple=True,
        callback=lambda _context, option, origins: [_origin(option, one) for one in origins],
        help="Let pages of this origin call the vendors, e.g. http://localhost:3000; repeatable.",
    ),
    click.option(
        "--kept-replies/--no-kept-replies",
        default=True,
        show_default=True,
        help="Answer the same read of an unchanged world in memory with the reply of the first.",
    ),
)


@contextmanager
def observer_factory(metrics: bool, log_format: str, workers: int) -> Iterator[Callable[[], list[Observer]]]:
    """A factory of the observers of one process; inside the context, processes share their metrics."""
    access_log.configure(log_format)
    log: list[Observer] = [] if log_format == "none" else [access_log.CallLog()]
    if not metrics:
        yield lambda: log
    elif workers == 1:
        yield lambda: [*log, _metrics(None)]
    else:
        with TemporaryDirectory(prefix="mockserver-metrics-") as folder:
            yield lambda: [*log, _metrics(folder)]


def _time_of_day(option: click.Parameter, text: str | None) -> time | None:
    found = _TIME.fullmatch(text) if text is not None else None
    if text is not None and found is None:
        message = f"{text!r} is not a time of the day; write it like 03:00"
        raise click.BadParameter(message, param=option)
    return time(int(found[1]), int(found[2])) if found else None


def _origin(option: click.Parameter, text: str) -> str:
    """An origin as browsers send it: scheme and host, with a port if it has one."""
    if text == ANY_ORIGIN or _ORIGIN.fullmatch(text):
        return text
    message = f"{text!r} is not an origin; write it like https://shop.example or http://localhost:3000, or *"
    raise click.BadParameter(message, param=option)


def _metrics(folder: str | None) -> Observer:
    try:
        # Optional dependency.
        from mockserver.server.prometheus import Metrics
    except ModuleNotFoundError as missing:
        fix = "pip install 'audience-mockserver[metrics]'"
        raise click.ClickException(
            f"--metrics needs {missing.name}, which is not installed; {fix}"
        ) from missing
    return Metrics(folder)
