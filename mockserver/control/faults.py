"""Faults of a world: armed, shown, disarmed. One that could never strike as it is meant to is refused."""

from collections.abc import Mapping
from typing import Any

from mockserver.binding.vendor import Vendor
from mockserver.call import NOTHING, Call
from mockserver.contract.operation import Operation
from mockserver.control import vendor_access
from mockserver.errors import Problem
from mockserver.formats.suggestions import nearest
from mockserver.state.worlds import Worlds

Targets = list[tuple[Vendor, Operation]]
"""What a fault may strike."""


def list_faults(call: Call, worlds: Worlds) -> object:
    """`{faults: […]}`, the first armed first. Raises unknown_world."""
    return {"faults": worlds.faults(call.params["world"]).all()}


def add_fault(call: Call, worlds: Worlds) -> object:
    """The fault as it is armed.

    Raises unknown_world, unknown_vendor, unknown_operation, unfit_fault, too_many_faults.
    """
    faults = worlds.faults(call.params["world"])
    _check(worlds, call.body)
    return faults.add(call.body)


def get_fault(call: Call, worlds: Worlds) -> object:
    """What it was wished to be and what it has done. Raises unknown_world, unknown_fault."""
    return worlds.faults(call.params["world"]).get(call.params["fault"])


def remove_fault(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world, unknown_fault."""
    worlds.faults(call.params["world"]).remove(call.params["fault"])
    return NOTHING


def clear_faults(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world."""
    worlds.faults(call.params["world"]).clear()
    return NOTHING


def _check(worlds: Worlds, wish: Mapping[str, Any]) -> None:
    asked = vendor_access.find_operation(worlds, wish.get("vendor"), wish.get("operation"))
    everything = [(vendor, one) for vendor in asked for one in vendor.contract.operations.values()]
    aims = [(vendor, one) for vendor, one in everything if _matches(vendor, one, wish)]
    if not aims:
        raise _invalid_fault(_explain_no_target(everything, wish))
    if wish["kind"] == "problem":
        _check_problem(asked[0], aims, wish)
    if wish["kind"] == "partial" and not any(one.partial_failure for _vendor, one in aims):
        able = ", ".join(
            f"{one.id} of {vendor.name}" for vendor, one in _all_operations(worlds) if one.partial_failure
        )
        raise _invalid_fault(f"{_target_names(aims)} cannot fail in part; those that can: {able or 'none'}")


def _matches(vendor: Vendor, operation: Operation, wish: Mapping[str, Any]) -> bool:
    if operation.id != wish.get("operation", operation.id):
        return False
    if operation.method != wish.get("method", operation.method):
        return False
    path = wish.get("path", operation.path)
    found = vendor.contract.route(operation.method, path)
    return path == operation.path or (isinstance(found, Operation) and found.id == operation.id)


def _explain_no_target(everything: Targets, wish: Mapping[str, Any]) -> str:
    """Why a fault whose names are all right would still strike nothing."""
    wanted = f"{wish.get('method', '')} {wish.get('path', '')}".strip()
    if "operation" in wish:
        vendor, one = next((vendor, one) for vendor, one in everything if one.id == wish["operation"])
        fix = "leave method and path out, they are the operation's"
        return f"{one.id} of {vendor.name} is {one.method} {one.path} and never {wanted}; {fix}"
    written = {f"{one.method} {one.path}": one.id for _vendor, one in everything}
    closest = nearest(wanted, written)
    whose = wish.get("vendor", "any vendor")
    return f"no operation of {whose} is {wanted}; the nearest is {closest} ({written[closest]})"


def _check_problem(vendor: Vendor, aims: Targets, wish: Mapping[str, Any]) -> None:
    everywhere = len(aims) == len(vendor.contract.operations)
    offered = [vendor.contract.problems] if everywhere else [one.problems for _vendor, one in aims]
    known = dict.fromkeys(name for problems in offered for name in problems)
    if wish["problem"] not in known:
        where = vendor.name if everywhere else _target_names(aims)
        more = f"GET /{vendor.name}/openapi.json lists them"
        close = nearest(wish["problem"], known)
        raise _invalid_fault(f"{where} has no problem {wish['problem']!r}, the nearest is {close}; {more}")


def _target_names(aims: Targets) -> str:
    return " and ".join(f"{one.id} of {vendor.name}" for vendor, one in aims[:3])


def _all_operations(worlds: Worlds) -> Targets:
    vendors = vendor_access.vendors_by_name(worlds).values()
    return [(vendor, one) for vendor in vendors for one in vendor.contract.operations.values()]


def _invalid_fault(reason: str) -> Problem:
    return Problem("unfit_fault", reason=reason)
