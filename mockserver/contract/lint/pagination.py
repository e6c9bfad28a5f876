"""Pages: what `x-pages` says can be found in the operation's parameters, its body and its reply's example."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.lint.examples import example_values
from mockserver.contract.operation import Operation
from mockserver.contract.pagination import PaginationSpec
from mockserver.formats.json_pointer import MISSING, resolve

_MEMBERS: Final = ("by", "items", "next", "size")


def check_pagination_format(found: list[SpecNode]) -> Iterator[Diagnostic]:
    """An `x-pages` that cannot be read."""
    for place in found:
        node = place.value.get("x-pages") if place.kind == "operation" else None
        if node is not None and not _is_readable(node):
            fix = f"give it by, items, and next or size, and nothing beyond {', '.join(_MEMBERS)}"
            yield place.diagnostic("x-pages is not complete", fix, "x-pages")


def check_pagination(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    """What an operation says of its pages and does not have."""
    places = [place for place in found if place.kind == "operation"]
    for place, operation in zip(places, contract.operations.values(), strict=True):
        if operation.pagination:
            yield from _check_names(place, operation, operation.pagination)
            yield from _check_reply(contract, place, operation, operation.pagination)


def _is_readable(node: Any) -> bool:
    return (
        isinstance(node, dict)
        and {"by", "items"} <= node.keys() <= set(_MEMBERS)
        and len({"next", "size"} & node.keys()) == 1
        and isinstance(node["by"], list)
        and all(isinstance(name, str) for name in [*node["by"], *(node[key] for key in node if key != "by")])
    )


def _check_names(place: SpecNode, operation: Operation, spec: PaginationSpec) -> Iterator[Diagnostic]:
    body = operation.body.json_schema if operation.body else None
    known = {*operation.query_names, *(f"/{name}" for name in (body.property_names if body else ()))}
    for name in [*spec.by, *([spec.size] if spec.size else [])]:
        if name not in known:
            what = f"x-pages {name} is no query parameter and no member of the body"
            yield place.diagnostic(
                what, f"name one of {', '.join(sorted(known)) or 'none: take it out'}", "x-pages"
            )


def _check_reply(
    contract: Contract, place: SpecNode, operation: Operation, spec: PaginationSpec
) -> Iterator[Diagnostic]:
    follow = contract.document.resolve
    reply = follow(place.value["responses"][str(operation.success_status)])
    media = next(iter(reply.get("content", {"": {}}).values()))
    shown = [value for value, _where in example_values(contract, media)]
    if not any(isinstance(resolve(value, spec.items), list) for value in shown):
        yield place.diagnostic(f"x-pages finds no {spec.items} in the reply's example", "fix it", "x-pages")
    elif spec.next and not any(resolve(value, spec.next) is not MISSING for value in shown):
        yield place.diagnostic(f"x-pages finds no {spec.next} in the reply's example", "fix it", "x-pages")
