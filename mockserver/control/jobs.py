"""Scheduled jobs of a world: listed and run."""

from mockserver.call import Call
from mockserver.control import effects_view, vendor_access
from mockserver.control.action_record import record_action
from mockserver.formats.timestamps import to_iso
from mockserver.state.worlds import Worlds


def list_jobs(call: Call, worlds: Worlds) -> object:
    """`{jobs: […], waiting}`, by due time. Raises unknown_world, unknown_vendor."""
    vendor = call.params.get("vendor")
    if vendor is not None:
        vendor_access.find_vendor(worlds, vendor)
    waiting = [job for job in worlds.jobs(call.params["world"]) if vendor in (None, job.vendor)]
    jobs = [
        {
            "id": one.id,
            "due": to_iso(one.due),
            "vendor": one.vendor,
            "job": one.name,
            "arguments": one.arguments,
        }
        for one in waiting[: call.params["limit"]]
    ]
    return {"jobs": jobs, "waiting": len(waiting)}


def run_jobs(call: Call, worlds: Worlds) -> object:
    """`{jobs_run, jobs, effect_counts}`. Raises unknown_world."""
    registered = worlds.get(call.params["world"])
    run_all = (call.body or {}).get("all", False)
    runner = worlds.job_runner
    runs = runner.run_all(registered) if run_all else runner.run_due(registered, by_hand=True)
    view = effects_view.job_runs_view(worlds, runs)
    record_action(worlds, call, call.body or {}, [view])
    return view
