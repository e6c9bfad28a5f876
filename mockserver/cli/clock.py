"""`mockserver clock`: reads and moves the clock of a world on a running server."""

from datetime import timedelta

import click

from mockserver.cli.display import print_result
from mockserver.cli.durations import Duration
from mockserver.cli.server_options import with_world_argument
from mockserver.client import Clock, Tick, World


@click.command()
@click.option(
    "--advance", type=Duration(), help="Move the clock forward by this duration, e.g. 90s, 2h or 1d12h."
)
@click.option("--set", "moment", metavar="ISO", help="Set the clock to this time, e.g. 2026-01-01T00:00:00Z.")
@click.option("--freeze/--unfreeze", "frozen", default=None, help="Stop the clock, or let it run again.")
@with_world_argument
def clock(world: World, advance: timedelta | None, moment: str | None, frozen: bool | None) -> None:
    """Show or move the clock of WORLD on a running server."""
    tick = _move(world.clock, advance, moment, frozen)
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
