"""Validation of a fault: one that could never apply is rejected with the nearest valid name."""

from collections.abc import Mapping
from typing import Any
from wsgiref.util import is_hop_by_hop

from mockserver.binding.vendor import Vendor
from mockserver.contract.operation import Operation
from mockserver.contract.pointer_check import DeadEnd, find_dead_end
from mockserver.control import vendor_access
from mockserver.errors import Problem
from mockserver.formats.json_pointer import format_pointer, parse_pointer
from mockserver.formats.suggestions import nearest
from mockserver.state.worlds import Worlds

Targets = list[tuple[Vendor, Operation]]
"""The operations that a fault can apply to, with their vendors."""


def check_fault(worlds: Worlds, fault: Mapping[str, Any]) -> None:
    """Raises unknown_vendor, unknown_operation or unfit_fault for a fault that could never apply."""
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
    _check_body(targets, fault)
    _check_reply(targets, fault)


def _check_body(targets: Targets, fault: Mapping[str, Any]) -> None:
    """Raises unfit_fault if `where` compares a body that no operation takes."""
    if "where" in fault and not any(one.body and one.body.json_schema for _vendor, one in targets):
        fix = "`where` is about bodies; match `query`, `headers` or `path` instead"
        raise _invalid_fault(f"{_target_names(targets)} takes no JSON body; {fix}")


def _check_reply(targets: Targets, fault: Mapping[str, Any]) -> None:
    """Raises unfit_fault for a reply that cannot be as planned."""
    if "body" in fault and fault["status"] in (204, 304):
        raise _invalid_fault(
            f"a reply {fault['status']} has no body; leave out body, or choose another status"
        )
    for name in fault.get("reply_headers", ()):
        if name.lower() == "content-length" or is_hop_by_hop(name):
            raise _invalid_fault(f"the header {name} is the connection's own; leave it out of reply_headers")
    if fault["kind"] == "drift":
        for one in (fault, *fault.get("also", ())):
            _check_field(targets, one["field"])


def _check_field(targets: Targets, field: str) -> None:
    """Raises unfit_fault for a field that no reply of the operations has."""
    tokens = parse_pointer(field)
    replies = [reply.schema for _vendor, one in targets for reply in one.replies.values() if reply.schema]
    ends = [find_dead_end(schema, tokens) for schema in replies]
    if None in ends:
        return
    furthest = max((end for end in ends if end), default=DeadEnd(0, []), key=lambda end: end.depth)
    names = [name for end in ends if end and end.depth == furthest.depth for name in end.names]
    reason = f"no reply of {_target_names(targets)} has the field {field}"
    if names:
        close = nearest(tokens[furthest.depth], names)
        reason += f", the nearest is {format_pointer([*tokens[: furthest.depth], close])}"
    fix = "write * for every item, such as /*/name; GET /{vendor}/openapi.json describes the replies"
    raise _invalid_fault(f"{reason}; {fix.format(vendor=targets[0][0].name)}")


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
    specs = [problems[fault["problem"]] for problems in groups if fault["problem"] in problems]
    details = dict.fromkeys(name for spec in specs for name in spec.detail_names)
    for name in fault.get("details", {}):
        if name not in details:
            available = ", ".join(details) or "none"
            raise _invalid_fault(
                f"problem {fault['problem']} has no detail {name!r} (available: {available})"
            )


def _target_names(targets: Targets) -> str:
    names = [f"{one.id} of {vendor.name}" for vendor, one in targets]
    return " and ".join([*names[:3], *([f"{len(names) - 3} more"] if names[3:] else [])])


def _all_operations(worlds: Worlds) -> Targets:
    vendors = vendor_access.vendors_by_name(worlds).values()
    return [(vendor, one) for vendor in vendors for one in vendor.contract.operations.values()]


def _invalid_fault(reason: str) -> Problem:
    return Problem("unfit_fault", reason=reason)
