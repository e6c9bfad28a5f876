"""Pagination: the names and pointers of `x-pages` exist in the parameters, the body and the reply."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.lint.examples import example_values
from mockserver.contract.operation import Operation
from mockserver.contract.pagination import PaginationSpec
from mockserver.formats.json_pointer import MISSING, resolve

_MEMBERS: Final = ("by", "items", "next", "size")


def check_pagination_format(nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """An `x-pages` that cannot be read."""
    for node in nodes:
        raw = node.value.get("x-pages") if node.kind == "operation" else None
        if raw is not None and not _is_readable(raw):
            fix = "give it by, items, and either next or size, and no other member"
            yield node.diagnostic("x-pages is not complete", fix, "x-pages")


def check_pagination(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Names and pointers of `x-pages` that lead to nothing in the operation."""
    operation_nodes = [node for node in nodes if node.kind == "operation"]
    for node, operation in zip(operation_nodes, contract.operations.values(), strict=True):
        if operation.pagination:
            yield from _check_names(node, operation, operation.pagination)
            yield from _check_reply(contract, node, operation, operation.pagination)


def _is_readable(raw: Any) -> bool:
    return (
        isinstance(raw, dict)
        and {"by", "items"} <= raw.keys() <= set(_MEMBERS)
        and len({"next", "size"} & raw.keys()) == 1
        and isinstance(raw["by"], list)
        and all(isinstance(name, str) for name in [*raw["by"], *(raw[key] for key in raw if key != "by")])
    )


def _check_names(node: SpecNode, operation: Operation, spec: PaginationSpec) -> Iterator[Diagnostic]:
    body = operation.body.json_schema if operation.body else None
    known = {*operation.query_names, *(f"/{name}" for name in (body.property_names if body else ()))}
    for name in [*spec.by, *([spec.size] if spec.size else [])]:
        if name not in known:
            what = f"x-pages {name} is neither a query parameter nor a member of the body"
            fix = f"name one of {', '.join(sorted(known))}" if known else "remove it"
            yield node.diagnostic(what, fix, "x-pages")


def _check_reply(
    contract: Contract, node: SpecNode, operation: Operation, spec: PaginationSpec
) -> Iterator[Diagnostic]:
    follow = contract.document.resolve
    reply = follow(node.value["responses"][str(operation.success_status)])
    media = next(iter(reply.get("content", {"": {}}).values()))
    values = [value for value, _where in example_values(contract, media)]
    if not any(isinstance(resolve(value, spec.items), list) for value in values):
        yield node.diagnostic(f"x-pages finds no {spec.items} in the reply's example", "fix it", "x-pages")
    elif spec.next and not any(resolve(value, spec.next) is not MISSING for value in values):
        yield node.diagnostic(f"x-pages finds no {spec.next} in the reply's example", "fix it", "x-pages")
