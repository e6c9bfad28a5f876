"""Faults of a world: added, listed, removed. A fault that could never apply is rejected."""

from mockserver.call import NOTHING, Call
from mockserver.control.action_record import record_action
from mockserver.control.fault_validation import check_fault
from mockserver.state.worlds import Worlds


def list_faults(call: Call, worlds: Worlds) -> object:
    """`{faults: […]}`, oldest first. Raises unknown_world."""
    return {"faults": worlds.faults(call.params["world"]).all()}


def add_fault(call: Call, worlds: Worlds) -> object:
    """The fault with its id.

    Raises unknown_world, unknown_vendor, unknown_operation, unfit_fault, too_many_faults.
    """
    faults = worlds.faults(call.params["world"])
    check_fault(worlds, call.body)
    fault = faults.add(call.body)
    record_action(worlds, call, call.body, result=fault)
    return fault


def get_fault(call: Call, worlds: Worlds) -> object:
    """The fault with its counters. Raises unknown_world, unknown_fault."""
    return worlds.faults(call.params["world"]).get(call.params["fault"])


def remove_fault(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world, unknown_fault."""
    worlds.faults(call.params["world"]).remove(call.params["fault"])
    record_action(worlds, call, {})
    return NOTHING


def clear_faults(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world."""
    worlds.faults(call.params["world"]).clear()
    record_action(worlds, call, {})
    return NOTHING
