"""Records what happens to a world besides calls."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from mockserver.call import MAX_JOURNALLED_BODY, Call, EffectEntry
from mockserver.control import effects_view, vendor_access
from mockserver.errors import UnsealableError
from mockserver.formats.bounded_text import json_excerpt
from mockserver.formats.timestamps import to_iso
from mockserver.pipeline.effect_entries import described
from mockserver.pipeline.sealed_call import Sealer
from mockserver.state.action_log import ActionLog
from mockserver.state.effects import Counts
from mockserver.state.world import World
from mockserver.state.worlds import Worlds

_MAX_ARGUMENTS: Final = 4_000
_SHOWN_PARAMETERS: Final = frozenset({"name", "fault", "credential", "profile"})
_RUNNING: Final = "run_jobs"
_SETTLING: Final = "create_snapshot"
_ISSUING: Final = "run_backstage"
"""The operation whose reply may have secrets that later calls present, such as keys."""


def record_action(
    worlds: Worlds,
    call: Call,
    arguments: Any,
    runs: Sequence[Mapping[str, Any]] = (),
    *,
    operation: str = "",
    acted: World | None = None,
    result: Any = None,
) -> None:
    """Records an action with the jobs that ran in it, as `job_runs_view` shows them.

    `call` is that of the control API, and `arguments` what is shown of it. `operation` is that of a backstage
    action, `acted` the world object through which it made its changes. `result` is the action's reply.
    """
    world = call.params["world"]
    secrets = effects_view.redaction(worlds)
    sealed = _seal(worlds, call, result)
    shown = {key: value for key, value in call.params.items() if key in _SHOWN_PARAMETERS}
    arguments = {**shown, **orjson.loads(orjson.dumps(arguments))}  # a copy: others hold the original
    secrets.blank(arguments)
    effects: list[EffectEntry] = []
    counts: Counts = {}
    if acted is not None:
        effects, counts = described(vendor_access.find_vendor(worlds, acted.vendor), acted.changes, secrets)
    ActionLog(worlds.store, world).add(
        {
            "after": worlds.journal(world).last_number(),
            # Of a backstage action the time that it had: by now, a running clock shows another.
            "at": to_iso(acted.now() if acted else worlds.clock(world).now()),
            "operation": operation or call.operation,
            "vendor": acted.vendor if acted else None,
            "arguments": json_excerpt(arguments, _MAX_ARGUMENTS),
            "effects": effects,
            "effect_counts": counts,
            "jobs_run": sum(one["jobs_run"] for one in runs),
            "jobs": [job for one in runs for job in one["jobs"]],
        },
        sealed,
    )


def _seal(worlds: Worlds, call: Call, result: Any) -> dict[str, Any] | None:
    """The action as capsules have it; None if it is too large, or has secrets that cannot be taken out."""
    if len(call.raw) > MAX_JOURNALLED_BODY:
        return None
    record = worlds.peek(call.params["world"])
    sealer = Sealer(effects_view.redaction(worlds), record.get("secret", ""))
    try:
        body = sealer.json(call.body) if call.body is not None else None
    except UnsealableError:
        return None
    params = {key: value for key, value in call.params.items() if key != "world"}
    id = result.get("id") if isinstance(result, dict) else None
    # Jobs of a vendor that was not called yet are in its seed data, which may not be written yet.
    runs_jobs = call.operation == _RUNNING or (call.operation == _SETTLING and call.body.get("settle"))
    ready = {"ready": worlds.job_runner.ready_vendors(record)} if runs_jobs else {}
    return {
        **ready,
        "operation": call.operation,
        "params": params,
        "body": body,
        "issued": sealer.issued_value(result) if call.operation == _ISSUING else {},
        "id": id if isinstance(id, str) else None,
        "origin": call.origin.removesuffix("/_mock"),
    }
