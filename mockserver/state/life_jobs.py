"""The life of a world in one vendor's records: its history at the start, and a job every few hours."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from mockserver.state.audience_series import PastSeries, close_day, count_changes
from mockserver.state.change_log import ChangeLog
from mockserver.state.life import STEP, Life, next_step
from mockserver.state.life_events import Past
from mockserver.state.past_life import history_start
from mockserver.state.vendor_protocol import LifeHooks
from mockserver.state.world import World

LIVE_JOB: Final = "_live"
"""The job that the server runs itself; the names of vendors' jobs have no underscore in front."""

_DAY: Final = timedelta(days=1)


def begin(
    world: World, hooks: LifeHooks, life: Life, pasts: Sequence[Past], section: Mapping[str, Any]
) -> None:
    """Adds the history to the vendor's seed data, and schedules the first job."""
    if hooks.live is None:
        return
    if pasts and hooks.observe is not None:
        series = PastSeries(history_start(life.anchor, life.plan), life.anchor)
        series.add_all(pasts, hooks.observe(world, section))
        if hooks.remember is not None:
            hooks.remember(world, section, pasts, series.joined)
        series.write(world, hooks.audience_sizes(world))
    world.jobs.schedule_event(next_step(world.now()), LIVE_JOB)


def run(world: World, hooks: LifeHooks, life: Life, section: Mapping[str, Any]) -> None:
    """Brings the vendor's records up to the time of the job; the first one of a day closes the day before."""
    until = world.now()
    yesterday = until.date() - _DAY
    if until.hour < STEP // timedelta(hours=1) and yesterday >= life.anchor.date():
        close_day(world, yesterday, hooks.audience_sizes(world))
    step = life.step(max(life.anchor, until - STEP), until)
    if hooks.live is not None and (step.events or step.ends_day):  # in most nights nobody does anything
        hooks.live(world, section, step)
    world.jobs.schedule_event(next_step(until), LIVE_JOB)


def count(world: World, hooks: LifeHooks, changes: ChangeLog) -> None:
    """Counts the memberships that a job of the vendor has changed."""
    if hooks.live is not None and changes.changes:
        count_changes(world, changes, hooks.memberships)
