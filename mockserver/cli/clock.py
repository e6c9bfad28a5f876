"""`mockserver clock`: reads and moves the clock of a world on a running server."""

import re
from datetime import timedelta

import click

from mockserver.cli.display import print_result
from mockserver.cli.server_options import connect, server_options
from mockserver.client import Clock, Tick

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[wdhms])+")


class Duration(click.ParamType[timedelta]):
    """A duration such as 90s, 2h, 1h30m, 2d or 1w; a plain number is seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        text = str(value)
        if text.replace(".", "", 1).isdecimal():
            return timedelta(seconds=float(text))
        if not _DURATION.fullmatch(text):
            self.fail(f"{text!r} is not a duration; write it like 90s, 2h, 1h30m or 2d", param, ctx)
        parts = re.findall(r"([\d.]+)([wdhms])", text)
        return sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts), timedelta())


@click.command()
@click.argument("world", default="default")
@server_options()
@click.option(
    "--advance", type=Duration(), help="Move the clock forward by this duration, e.g. 90s, 2h, 1h30m or 2d."
)
@click.option("--set", "moment", metavar="ISO", help="Set the clock to this time, e.g. 2026-01-01T00:00:00Z.")
@click.option("--freeze/--unfreeze", "frozen", default=None, help="Stop the clock, or let it run again.")
def clock(world: str, url: str, advance: timedelta | None, moment: str | None, frozen: bool | None) -> None:
    """Show or move the clock of WORLD on a running server."""
    with connect(url) as control:
        tick = _move(control.world(world).clock, advance, moment, frozen)
    jobs = f", {tick.jobs_run} {'job' if tick.jobs_run == 1 else 'jobs'} run" if tick.jobs_run else ""
    now = tick.now.isoformat().replace("+00:00", "Z")
    print_result({"now": now, "mode": tick.mode, "jobs_run": tick.jobs_run}, f"{now} ({tick.mode}{jobs})")


def _move(clock: Clock, advance: timedelta | None, moment: str | None, frozen: bool | None) -> Tick:
    values = {
        "now": moment,
        "advance": None if advance is None else advance.total_seconds(),
        "frozen": frozen,
    }
    change = {name: value for name, value in values.items() if value is not None}
    return clock.change(**change) if change else clock.read()
