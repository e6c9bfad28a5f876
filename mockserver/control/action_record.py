"""Records what happens to a world besides calls."""

from collections.abc import Iterable
from typing import Any, Final

from mockserver.control import effects_view, vendor_access
from mockserver.formats.bounded_text import json_excerpt
from mockserver.formats.timestamps import to_iso
from mockserver.pipeline.effect_entries import blank_secrets
from mockserver.state.action_log import ActionLog
from mockserver.state.effects import summarize
from mockserver.state.job_runs import JobRuns
from mockserver.state.world import World
from mockserver.state.worlds import Worlds

_MAX_ARGUMENTS: Final = 4_000


def record_action(
    worlds: Worlds,
    world: str,
    operation: str,
    arguments: Any,
    runs: Iterable[JobRuns],
    acted: World | None = None,
) -> None:
    """Records an action with the jobs that ran in it.

    `acted` is the world object through which a backstage action made its changes.
    """
    secrets = effects_view.redaction(worlds)
    secrets.blank(arguments)
    views = [effects_view.job_runs_view(worlds, one) for one in runs]
    vendor = acted and vendor_access.vendors_by_name(worlds)[acted.vendor]
    effects, counts = summarize(acted.changes, vendor.collections.by_kind) if acted and vendor else ([], {})
    for effect in effects:
        blank_secrets(effect, secrets)
    ActionLog(worlds.store, world).add(
        {
            "after": worlds.journal(world).last_number(),
            "at": to_iso(worlds.clock(world).now()),
            "operation": operation,
            "vendor": acted.vendor if acted else None,
            "arguments": json_excerpt(arguments, _MAX_ARGUMENTS),
            "effects": effects,
            "effect_counts": counts,
            "jobs_run": sum(view["jobs_run"] for view in views),
            "jobs": [job for view in views for job in view["jobs"]],
        }
    )
