"""The option type of durations, the same for every command."""

from datetime import timedelta

import click

from mockserver.formats.durations import parse_duration


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
