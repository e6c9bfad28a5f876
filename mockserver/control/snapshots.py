"""Snapshots of a world: created, listed, restored, deleted, exported and imported."""

from dataclasses import replace

from mockserver.call import NOTHING, Call
from mockserver.control import vendor_access, world_view
from mockserver.control.action_record import record_action
from mockserver.control.record_access import state_of
from mockserver.errors import InvalidStateError, Problem
from mockserver.state import portable_state, state_file
from mockserver.state.worlds import Worlds


def list_snapshots(call: Call, worlds: Worlds) -> object:
    """`{snapshots: [{name, world}]}`, oldest first. Raises unknown_world."""
    world = call.params["world"]
    return {"snapshots": [{"name": name, "world": world} for name in worlds.snapshots(world)]}


def create_snapshot(call: Call, worlds: Worlds) -> object:
    """`{name, world}`. Raises unknown_world."""
    world, name = call.params["world"], call.body["name"]
    if call.body.get("settle"):
        _settle(world, worlds)
    worlds.snapshot(world, name)
    record_action(worlds, call, call.body)
    return {"name": name, "world": world}


def _settle(world: str, worlds: Worlds) -> None:
    """Does what the next calls would do before anything else."""
    for vendor in worlds.vendors:
        state_of(worlds, world, vendor)
    if worlds.settings(world).read().jobs != "manual":
        worlds.job_runner.run_due(worlds.get(world))


def restore_snapshot(call: Call, worlds: Worlds) -> object:
    """The restored world. Raises unknown_world, unknown_snapshot."""
    world = call.params["world"]
    worlds.restore(world, call.params["name"])
    record_action(worlds, call, {})
    return world_view.world_view(worlds, worlds.get(world), vendor_access.server_url(call))


def delete_snapshot(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world, unknown_snapshot."""
    worlds.delete_snapshot(call.params["world"], call.params["name"])
    record_action(worlds, call, {})
    return NOTHING


def export_snapshot(call: Call, worlds: Worlds) -> object:
    """The file of the snapshot. Raises unknown_world, unknown_snapshot, unfit_state (too large)."""
    try:
        return portable_state.export_snapshot(worlds, call.params["world"], call.params["name"])
    except InvalidStateError as error:
        raise Problem("unfit_state", reason=str(error)) from error


def import_snapshot(call: Call, worlds: Worlds) -> object:
    """`{name, world}`. Raises unknown_world, unfit_state, too_many_snapshots."""
    world, name = call.params["world"], call.params["name"]
    worlds.get(world)
    try:
        portable_state.import_snapshot(worlds, world, name, state_file.unpack(call.raw))
    except InvalidStateError as error:
        raise Problem("unfit_state", reason=str(error)) from error
    record_action(worlds, replace(call, raw=b"", body=None), {})
    return {"name": name, "world": world}
