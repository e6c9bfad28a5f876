"""Replay capsules of worlds: recorded, and replayed into a new world."""

from typing import Any

from mockserver.call import Call
from mockserver.control import vendor_access, world_view
from mockserver.control.capsule_record import record_capsule
from mockserver.control.replay import Replay
from mockserver.errors import InvalidCapsuleError, Problem, WouldBlockError
from mockserver.state import capsule_file
from mockserver.state.worlds import Worlds


def get_capsule(call: Call, worlds: Worlds) -> object:
    """The file of a capsule. Raises unknown_world, unfit_capsule."""
    name = call.params["world"]
    worlds.get(name)
    try:
        capsule, _mask = record_capsule(worlds, name)
        return capsule_file.pack(capsule)
    except InvalidCapsuleError as error:
        raise Problem("unfit_capsule", reason=str(error)) from error


def replay_capsule(call: Call, worlds: Worlds) -> object:
    """`{world, steps, exchanges, difference}`.

    Raises unfit_capsule, world_exists, too_many_worlds. Runs without a transaction: each step has its own.
    """
    name = call.params["world"]
    if not worlds.store.may_wait:
        raise WouldBlockError(name)
    try:
        capsule = capsule_file.unpack(call.raw)
        replay = Replay(worlds, capsule, name, vendor_access.server_url(call))
        replay.begin(capsule.manifest["label"])
        found = replay.run(call.params.get("until"))
    except InvalidCapsuleError as error:
        raise Problem("unfit_capsule", reason=str(error)) from error
    view: dict[str, Any] | None = None
    if found is not None:
        last = replay.done[-1] if replay.done else {"exchange": 0, "action": None}
        view = {
            "exchange": last["exchange"],
            "step": found.title,
            "place": found.place,
            "recorded": found.recorded,
            "replayed": found.replayed,
            "message": found.message,
        }
    with worlds.store.transaction():
        world = world_view.world_view(worlds, worlds.get(name), vendor_access.server_url(call))
    return {
        "world": world,
        "steps": replay.done,
        "exchanges": capsule.manifest["exchanges"],
        "difference": view,
    }
