"""The option type of durations, the same for every command."""

from datetime import timedelta
from typing import Any

import click

from mockserver.formats.durations import parse_duration
from mockserver.formats.json_text import parse_json


class Duration(click.ParamType[timedelta]):
    """A duration such as 90s, 2h, 1d12h or 200ms; a plain number is seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        try:
            return timedelta(seconds=parse_duration(str(value)))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def positive_seconds(_context: object, option: click.Parameter, duration: timedelta | None) -> float | None:
    """An option callback: the seconds of a duration, which must be longer than nothing."""
    if duration is not None and duration <= timedelta():
        raise click.BadParameter(
            "must be longer than nothing; write a duration such as 30s or 12h", param=option
        )
    return None if duration is None else duration.total_seconds()


class Delay(click.ParamType[Any]):
    """A delay of a latency fault: a duration, `A..B` (uniform), `MEDIAN~SIGMA` (lognormal), or JSON."""

    name = "delay"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        text = str(value)
        try:
            if text.startswith("{"):
                return parse_json(text)
            low, is_range, high = text.partition("..")
            if is_range:
                return {"uniform": [parse_duration(low), parse_duration(high)]}
            median, has_spread, sigma = text.partition("~")
            if has_spread:
                return {"lognormal": {"median": parse_duration(median), "sigma": float(sigma)}}
            return parse_duration(text)
        except ValueError:
            fix = "write it like 200ms, 100ms..2s (from, to) or 200ms~0.5 (median, spread)"
            self.fail(f"{text!r} is not a delay; {fix}", param, ctx)
