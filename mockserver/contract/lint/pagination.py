"""Pages: what `x-pages` says can be found in the operation's parameters, its body and its reply's example."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, Place
from mockserver.contract.lint.examples import given
from mockserver.contract.operation import Operation
from mockserver.contract.pagination import PaginationSpec
from mockserver.formats.json_pointer import MISSING, resolve

_MEMBERS: Final = ("by", "items", "next", "size")


def ill_formed_pages(found: list[Place]) -> Iterator[Diagnostic]:
    """An `x-pages` that cannot be read."""
    for place in found:
        node = place.node.get("x-pages") if place.kind == "operation" else None
        if node is not None and not _is_readable(node):
            fix = f"give it by, items, and next or size, and nothing beyond {', '.join(_MEMBERS)}"
            yield place.wrong("x-pages is not complete", fix, "x-pages")


def pages(contract: Contract, found: list[Place]) -> Iterator[Diagnostic]:
    """What an operation says of its pages and does not have."""
    places = [place for place in found if place.kind == "operation"]
    for place, operation in zip(places, contract.operations.values(), strict=True):
        if operation.pages:
            yield from _strangers(place, operation, operation.pages)
            yield from _not_in_reply(contract, place, operation, operation.pages)


def _is_readable(node: Any) -> bool:
    return (
        isinstance(node, dict)
        and {"by", "items"} <= node.keys() <= set(_MEMBERS)
        and len({"next", "size"} & node.keys()) == 1
        and isinstance(node["by"], list)
        and all(isinstance(name, str) for name in [*node["by"], *(node[key] for key in node if key != "by")])
    )


def _strangers(place: Place, operation: Operation, spec: PaginationSpec) -> Iterator[Diagnostic]:
    body = operation.body.json_schema if operation.body else None
    known = {*operation.query_names, *(f"/{name}" for name in (body.names if body else ()))}
    for name in [*spec.by, *([spec.size] if spec.size else [])]:
        if name not in known:
            what = f"x-pages {name} is no query parameter and no member of the body"
            yield place.wrong(
                what, f"name one of {', '.join(sorted(known)) or 'none: take it out'}", "x-pages"
            )


def _not_in_reply(
    contract: Contract, place: Place, operation: Operation, spec: PaginationSpec
) -> Iterator[Diagnostic]:
    follow = contract.document.resolve
    reply = follow(place.node["responses"][str(operation.success)])
    media = next(iter(reply.get("content", {"": {}}).values()))
    shown = [value for value, _where in given(contract, media)]
    if not any(isinstance(resolve(value, spec.items), list) for value in shown):
        yield place.wrong(f"x-pages finds no {spec.items} in the reply's example", "fix it", "x-pages")
    elif spec.next and not any(resolve(value, spec.next) is not MISSING for value in shown):
        yield place.wrong(f"x-pages finds no {spec.next} in the reply's example", "fix it", "x-pages")
