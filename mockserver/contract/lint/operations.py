"""Operations: named, summed up, with parameters that can be read and links that lead somewhere."""

import re
from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import (
    ASSERTIONS,
    SOURCE_MEMBERS,
    SUPPORTED,
    Diagnostic,
    SpecNode,
)
from mockserver.contract.lint.examples import example_values
from mockserver.contract.operation import Operation, is_json
from mockserver.contract.sensitive_fields import is_secret

_SNAKE_CASE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_STYLES: Final = {"query": "form", "path": "simple", "header": "simple", "cookie": "form"}.items()
_SCALARS: Final = frozenset({"string", "integer", "number", "boolean"})
_DOCUMENTATION: Final = frozenset({"$ref", *SOURCE_MEMBERS, *SUPPORTED["schema"]} - ASSERTIONS)


def check_operations(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    """Names, summaries, templates, replies, links."""
    yield from _check_duplicate_paths(found)
    for place, operation in zip(_of_kind("operation", found), contract.operations.values(), strict=True):
        if not _SNAKE_CASE.fullmatch(operation.id):
            yield place.diagnostic(f"operationId {operation.id} is not in snake_case", "rename it")
        if not operation.summary:
            yield place.diagnostic(f"operation {operation.id} has no summary", "sum it up in one line")
    for place in _of_kind("link", found):
        yield from _check_link(contract, place)


def check_parameters(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    """Parameters and reply headers whose text could not be read as their schema means it."""
    for place in found:
        if place.kind not in ("parameter", "header"):
            continue
        where = place.value.get("in", "header")
        style = place.value.get("style")
        if style is not None and (where, style) not in _STYLES:
            fix = f"leave it at {dict(_STYLES)[where]}"
            yield place.diagnostic(f"style {style} is not honoured in {where}", fix, "style")
        if where == "path" and is_secret(contract.document, place.value.get("schema")):
            fix = "have it sent in a header, in the query or in the body"
            yield place.diagnostic("a secret in a path would be written down", fix)
        yield from _check_text_schema(contract, place, where)


def check_first_call(contract: Contract, root: SpecNode) -> Iterator[Diagnostic]:
    """The call to be printed at start names an operation and can be written out."""
    name = contract.first_call
    if name is None:
        return
    operation = contract.operations.get(name)
    if operation is None:
        yield root.diagnostic(f"x-first-call {name} is no operation", "name an operationId", "x-first-call")
        return
    for path, method, _item, node in contract.operation_nodes():
        if node["operationId"] != name or "requestBody" not in node:
            continue
        content = contract.document.resolve(node["requestBody"])["content"]
        if not any(
            is_json(kind) and list(example_values(contract, media)) for kind, media in content.items()
        ):
            what = f"x-first-call {name} has no example of its body"
            yield root.diagnostic(what, "add an example", "paths", path, method, "requestBody")


def _of_kind(kind: str, found: list[SpecNode]) -> Iterator[SpecNode]:
    return (place for place in found if place.kind == kind)


def _check_duplicate_paths(found: list[SpecNode]) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    for place in _of_kind("path", found):
        path = place.tokens[-1]
        first = seen.setdefault(re.sub(r"\{[^}]*\}", "{}", path), path)
        if first != path:
            yield place.diagnostic(f"{path} and {first} are the same path", "keep one of them")


def _check_link(contract: Contract, place: SpecNode) -> Iterator[Diagnostic]:
    name = place.value.get("operationId")
    target: Operation | None = contract.operations.get(name)
    if target is None:
        yield place.diagnostic(f"the link leads to {name}, which is no operation", "name an operationId")
        return
    known = {one.name for one in target.parameters}
    known |= {f"{one.location}.{one.name}" for one in target.parameters}
    for parameter in place.value.get("parameters", {}):
        if parameter not in known:
            what = f"the link gives {name} a parameter {parameter} that it has not"
            yield place.diagnostic(what, "name one of its parameters", "parameters", parameter)


def _check_text_schema(contract: Contract, place: SpecNode, where: str) -> Iterator[Diagnostic]:
    written = place.value.get("schema")
    if written is None:
        yield place.diagnostic(f"the {place.kind} has no schema", "say what its text may be")
        return
    shape = contract.document.resolve(written)
    if isinstance(written, dict) and "$ref" in written:
        beside = sorted(written.keys() - _DOCUMENTATION)
        if beside:
            what = f"{beside[0]} beside a $ref is not honoured in a {place.kind}"
            yield place.diagnostic(what, "move it to the $ref's target", "schema", beside[0])
    kind = _text_type(shape)
    if kind == "array" and where in ("query", "path", "header") and place.kind == "parameter":
        kind = _text_type(contract.document.resolve(shape.get("items", True)))
    if kind not in _SCALARS:
        what = f"the text of the {place.kind} cannot be read as {kind or 'a schema without a type'}"
        yield place.diagnostic(what, f"give its schema one type of {', '.join(sorted(_SCALARS))}", "schema")


def _text_type(shape: Any) -> str | None:
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
