"""The clock of a world: read and set; setting it runs the jobs that become due."""

from datetime import timedelta
from typing import Any, Final

from mockserver.call import Call
from mockserver.control import effects_view
from mockserver.control.action_record import record_action
from mockserver.control.profile_access import end_due
from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.state.clock import Clock
from mockserver.state.job_runs import JobRuns
from mockserver.state.worlds import Worlds

_YEARS: Final = range(1899, 2301)
"""The years of the contract, in every time zone; no vendor reaches the end of Python's calendar."""

_MAX_ADVANCE: Final = timedelta(days=3653)


def get_clock(call: Call, worlds: Worlds) -> object:
    """`{now, mode, jobs_run: 0, …}`. Raises unknown_world."""
    clock = worlds.clock(call.params["world"])
    return _clock_view(clock, effects_view.job_runs_view(worlds, JobRuns()))


def set_clock(call: Call, worlds: Worlds) -> object:
    """`{now, mode, jobs_run, jobs, effect_counts}`. Raises unknown_world, clock_too_far."""
    registered = worlds.get(call.params["world"])
    clock = worlds.clock(registered["name"])
    before = clock.now()
    _move(clock, call.body)
    after = clock.now()
    if after - before > _MAX_ADVANCE or after.year not in _YEARS:
        raise Problem("clock_too_far", before=to_iso(before), after=to_iso(after))
    end_due(worlds, registered["name"])  # first: a profile decides whether jobs run
    by_hand = worlds.settings(registered["name"]).read().jobs == "manual"
    runs = JobRuns() if by_hand else worlds.job_runner.run_due(registered)
    view = effects_view.job_runs_view(worlds, runs)
    record_action(worlds, call, call.body, [view])
    return _clock_view(clock, view)


def _move(clock: Clock, change: dict[str, Any]) -> None:
    # Freeze first and unfreeze last, so that `now` and `advance` are exact.
    if change.get("frozen") is True:
        clock.freeze()
    if "now" in change:
        clock.set(from_iso(change["now"]))
    if "advance" in change:
        clock.advance(timedelta(seconds=change["advance"]))
    if change.get("frozen") is False:
        clock.unfreeze()


def _clock_view(clock: Clock, runs: dict[str, Any]) -> dict[str, Any]:
    return {"now": to_iso(clock.now()), "mode": clock.mode, **runs}
