"""Operations: named, summed up, with parameters that can be read and links that lead somewhere."""

import re
from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import ASSERTIONS, HONOURED, SOURCE, Diagnostic, Place
from mockserver.contract.lint.examples import given
from mockserver.contract.operation import Operation, is_json
from mockserver.contract.sensitive_fields import is_secret

_SNAKE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_STYLES: Final = {"query": "form", "path": "simple", "header": "simple", "cookie": "form"}.items()
_SCALARS: Final = frozenset({"string", "integer", "number", "boolean"})
_DOCUMENTATION: Final = frozenset({"$ref", *SOURCE, *HONOURED["schema"]} - ASSERTIONS)


def operations(contract: Contract, found: list[Place]) -> Iterator[Diagnostic]:
    """Names, summaries, templates, replies, links."""
    yield from _twins(found)
    for place, operation in zip(_of("operation", found), contract.operations.values(), strict=True):
        if not _SNAKE.fullmatch(operation.id):
            yield place.wrong(f"operationId {operation.id} is not in snake_case", "rename it")
        if not operation.summary:
            yield place.wrong(f"operation {operation.id} has no summary", "sum it up in one line")
    for place in _of("link", found):
        yield from _link(contract, place)


def parameters(contract: Contract, found: list[Place]) -> Iterator[Diagnostic]:
    """Parameters and reply headers whose text could not be read as their schema means it."""
    for place in found:
        if place.kind not in ("parameter", "header"):
            continue
        where = place.node.get("in", "header")
        style = place.node.get("style")
        if style is not None and (where, style) not in _STYLES:
            fix = f"leave it at {dict(_STYLES)[where]}"
            yield place.wrong(f"style {style} is not honoured in {where}", fix, "style")
        if where == "path" and is_secret(contract.document, place.node.get("schema")):
            fix = "have it sent in a header, in the query or in the body"
            yield place.wrong("a secret in a path would be written down", fix)
        yield from _shape(contract, place, where)


def first_call(contract: Contract, root: Place) -> Iterator[Diagnostic]:
    """The call to be printed at start names an operation and can be written out."""
    name = contract.first_call
    if name is None:
        return
    operation = contract.operations.get(name)
    if operation is None:
        yield root.wrong(f"x-first-call {name} is no operation", "name an operationId", "x-first-call")
        return
    for path, method, _item, node in contract.nodes():
        if node["operationId"] != name or "requestBody" not in node:
            continue
        content = contract.document.resolve(node["requestBody"])["content"]
        if not any(is_json(kind) and list(given(contract, media)) for kind, media in content.items()):
            what = f"x-first-call {name} has no example of its body"
            yield root.wrong(what, "add an example", "paths", path, method, "requestBody")


def _of(kind: str, found: list[Place]) -> Iterator[Place]:
    return (place for place in found if place.kind == kind)


def _twins(found: list[Place]) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    for place in _of("path", found):
        path = place.tokens[-1]
        first = seen.setdefault(re.sub(r"\{[^}]*\}", "{}", path), path)
        if first != path:
            yield place.wrong(f"{path} and {first} are the same path", "keep one of them")


def _link(contract: Contract, place: Place) -> Iterator[Diagnostic]:
    name = place.node.get("operationId")
    target: Operation | None = contract.operations.get(name)
    if target is None:
        yield place.wrong(f"the link leads to {name}, which is no operation", "name an operationId")
        return
    known = {one.name for one in target.parameters}
    known |= {f"{one.location}.{one.name}" for one in target.parameters}
    for parameter in place.node.get("parameters", {}):
        if parameter not in known:
            what = f"the link gives {name} a parameter {parameter} that it has not"
            yield place.wrong(what, "name one of its parameters", "parameters", parameter)


def _shape(contract: Contract, place: Place, where: str) -> Iterator[Diagnostic]:
    written = place.node.get("schema")
    if written is None:
        yield place.wrong(f"the {place.kind} has no schema", "say what its text may be")
        return
    shape = contract.document.resolve(written)
    if isinstance(written, dict) and "$ref" in written:
        beside = sorted(written.keys() - _DOCUMENTATION)
        if beside:
            what = f"{beside[0]} beside a $ref is not honoured in a {place.kind}"
            yield place.wrong(what, "move it to the $ref's target", "schema", beside[0])
    kind = _type(shape)
    if kind == "array" and where in ("query", "path", "header") and place.kind == "parameter":
        kind = _type(contract.document.resolve(shape.get("items", True)))
    if kind not in _SCALARS:
        what = f"the text of the {place.kind} cannot be read as {kind or 'a schema without a type'}"
        yield place.wrong(what, f"give its schema one type of {', '.join(sorted(_SCALARS))}", "schema")


def _type(shape: Any) -> str | None:
    """The one type by which text is read; an enum of texts says it too."""
    if not isinstance(shape, dict):
        return None
    kinds = shape.get("type")
    if isinstance(kinds, list):
        kinds = [kind for kind in kinds if kind != "null"]
        return str(kinds[0]) if len(kinds) == 1 else " or ".join(kinds)
    values = shape.get("enum", [shape["const"]] if "const" in shape else [])
    if kinds is None and values and all(isinstance(value, str) for value in values):
        return "string"
    return None if kinds is None else str(kinds)
