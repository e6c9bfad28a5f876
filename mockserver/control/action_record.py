"""Records what happens to a world besides calls."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.call import EffectEntry
from mockserver.control import effects_view, vendor_access
from mockserver.formats.bounded_text import json_excerpt
from mockserver.formats.timestamps import to_iso
from mockserver.pipeline.effect_entries import described
from mockserver.state.action_log import ActionLog
from mockserver.state.effects import Counts
from mockserver.state.world import World
from mockserver.state.worlds import Worlds

_MAX_ARGUMENTS: Final = 4_000


def record_action(
    worlds: Worlds,
    world: str,
    operation: str,
    arguments: Any,
    runs: Sequence[Mapping[str, Any]],
    acted: World | None = None,
) -> None:
    """Records an action with the jobs that ran in it, as `job_runs_view` shows them.

    `acted` is the world object through which a backstage action made its changes.
    """
    secrets = effects_view.redaction(worlds)
    secrets.blank(arguments)
    effects: list[EffectEntry] = []
    counts: Counts = {}
    if acted is not None:
        effects, counts = described(vendor_access.find_vendor(worlds, acted.vendor), acted.changes, secrets)
    ActionLog(worlds.store, world).add(
        {
            "after": worlds.journal(world).last_number(),
            "at": to_iso(worlds.clock(world).now()),
            "operation": operation,
            "vendor": acted.vendor if acted else None,
            "arguments": json_excerpt(arguments, _MAX_ARGUMENTS),
            "effects": effects,
            "effect_counts": counts,
            "jobs_run": sum(one["jobs_run"] for one in runs),
            "jobs": [job for one in runs for job in one["jobs"]],
        }
    )
