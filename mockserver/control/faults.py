"""Faults of a world: added, listed, removed. A fault that could never apply is rejected."""

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
"""The operations that a fault can apply to, with their vendors."""


def list_faults(call: Call, worlds: Worlds) -> object:
    """`{faults: […]}`, oldest first. Raises unknown_world."""
    return {"faults": worlds.faults(call.params["world"]).all()}


def add_fault(call: Call, worlds: Worlds) -> object:
    """The fault with its id.

    Raises unknown_world, unknown_vendor, unknown_operation, unfit_fault, too_many_faults.
    """
    faults = worlds.faults(call.params["world"])
    _check(worlds, call.body)
    return faults.add(call.body)


def get_fault(call: Call, worlds: Worlds) -> object:
    """The fault with its counters. Raises unknown_world, unknown_fault."""
    return worlds.faults(call.params["world"]).get(call.params["fault"])


def remove_fault(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world, unknown_fault."""
    worlds.faults(call.params["world"]).remove(call.params["fault"])
    return NOTHING


def clear_faults(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world."""
    worlds.faults(call.params["world"]).clear()
    return NOTHING


def _check(worlds: Worlds, fault: Mapping[str, Any]) -> None:
    vendors = vendor_access.find_operation(worlds, fault.get("vendor"), fault.get("operation"))
    candidates = [(vendor, one) for vendor in vendors for one in vendor.contract.operations.values()]
    targets = [(vendor, one) for vendor, one in candidates if _matches(vendor, one, fault)]
    if not targets:
        raise _invalid_fault(_explain_no_target(candidates, fault))
    if fault["kind"] == "problem":
        _check_problem(vendors[0], targets, fault)
    if fault["kind"] == "partial" and not any(one.partial_failure for _vendor, one in targets):
        able = [(vendor, one) for vendor, one in _all_operations(worlds) if one.partial_failure]
        known = ", ".join(f"{one.id} of {vendor.name}" for vendor, one in able) or "none"
        raise _invalid_fault(f"{_target_names(targets)} has no partial failure (available: {known})")


def _matches(vendor: Vendor, operation: Operation, fault: Mapping[str, Any]) -> bool:
    if operation.id != fault.get("operation", operation.id):
        return False
    if operation.method != fault.get("method", operation.method):
        return False
    path = fault.get("path", operation.path)
    found = vendor.contract.route(operation.method, path)
    return path == operation.path or (isinstance(found, Operation) and found.id == operation.id)


def _explain_no_target(candidates: Targets, fault: Mapping[str, Any]) -> str:
    """Why a fault with known names would still not match any operation."""
    given = f"{fault.get('method', '')} {fault.get('path', '')}".strip()
    if "operation" in fault:
        vendor, one = next((vendor, one) for vendor, one in candidates if one.id == fault["operation"])
        fix = "leave out method and path, which the operation determines"
        return f"{one.id} of {vendor.name} is {one.method} {one.path} and never {given}; {fix}"
    known = {f"{one.method} {one.path}": one.id for _vendor, one in candidates}
    closest = nearest(given, known)
    owner = fault.get("vendor", "any vendor")
    return f"no operation of {owner} is {given}; the nearest is {closest} ({known[closest]})"


def _check_problem(vendor: Vendor, targets: Targets, fault: Mapping[str, Any]) -> None:
    is_whole_vendor = len(targets) == len(vendor.contract.operations)
    groups = [vendor.contract.problems] if is_whole_vendor else [one.problems for _vendor, one in targets]
    known = dict.fromkeys(name for problems in groups for name in problems)
    if fault["problem"] not in known:
        where = vendor.name if is_whole_vendor else _target_names(targets)
        more = f"GET /{vendor.name}/openapi.json lists them"
        close = nearest(fault["problem"], known)
        raise _invalid_fault(f"{where} has no problem {fault['problem']!r}, the nearest is {close}; {more}")


def _target_names(targets: Targets) -> str:
    return " and ".join(f"{one.id} of {vendor.name}" for vendor, one in targets[:3])


def _all_operations(worlds: Worlds) -> Targets:
    vendors = vendor_access.vendors_by_name(worlds).values()
    return [(vendor, one) for vendor in vendors for one in vendor.contract.operations.values()]


def _invalid_fault(reason: str) -> Problem:
    return Problem("unfit_fault", reason=reason)
