"""The records that a resource starts with, where callers cannot add any."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.contract.sample_value import fits
from mockserver.contract.schema import Schema
from mockserver.formats.json_pointer import MISSING, resolve
from mockserver.scaffold.contract_parts import ContractParts
from mockserver.scaffold.resource_discovery import Resource, success_of
from mockserver.scaffold.source_operations import SourceOperation

_MAX_RECORDS: Final = 3


def start_records(
    resource: Resource,
    resources: Mapping[str, Resource],
    operations: list[SourceOperation],
    parts: ContractParts,
) -> list[dict[str, Any]]:
    """Records from the examples of the document; none if callers can create them."""
    if resource.can_create or any(one.get("creates") for one in resource.actions.values()):
        return []
    within = _enclosing(resource, resources, operations, parts)
    if within is None:
        return []
    records = _documented(resource, operations, parts) or _made(resource, parts)
    return [{**({"within": within} if within else {}), "record": one} for one in records]


def _enclosing(
    resource: Resource,
    resources: Mapping[str, Resource],
    operations: list[SourceOperation],
    parts: ContractParts,
) -> list[Any] | None:
    """The ids of the records that enclose the first ones; None if they do not exist at the start."""
    place: list[Any] = next((one["within"] for one in resource.actions.values() if "within" in one), [])
    found: list[Any] = []
    for one in place:
        parent = resources.get(one.get("collection", ""))
        start = start_records(parent, resources, operations, parts) if parent else []
        if parent is None or not start:
            return None
        found.append(start[0]["record"][parent.id])
    return found


def _documented(
    resource: Resource, operations: list[SourceOperation], parts: ContractParts
) -> list[dict[str, Any]]:
    """The records of the example of a list, if they fit."""
    rule = Schema(resource.schema, parts.components)
    for operation in operations:
        action = resource.actions.get(operation.id, {})
        if action.get("does") not in ("list", "read"):
            continue
        _status, reply = success_of(operation)
        for content in reply.content.values() if reply else ():
            value = resolve(content.example, action.get("items", action.get("item", "")))
            listed = value if isinstance(value, list) else [value] if value is not MISSING else []
            found = {
                str(one[resource.id]): one
                for one in listed
                if isinstance(one, dict) and resource.id in one and fits(rule, one)
            }
            if found:
                return list(found.values())[:_MAX_RECORDS]
    return []


def _made(resource: Resource, parts: ContractParts) -> list[dict[str, Any]]:
    record = parts.sample(resource.schema)
    return [record] if isinstance(record, dict) and record.get(resource.id) is not None else []
