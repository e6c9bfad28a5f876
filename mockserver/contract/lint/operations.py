"""Operations: names, summaries, parameters that can be read from text, and links."""

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


def check_operations(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Duplicate paths, operationIds that are not in snake_case, missing summaries and broken links."""
    yield from _check_duplicate_paths(nodes)
    yield from _check_catches(nodes)
    for node, operation in zip(_of_kind("operation", nodes), contract.operations.values(), strict=True):
        if not _SNAKE_CASE.fullmatch(operation.id):
            yield node.diagnostic(f"operationId {operation.id} is not in snake_case", "rename it")
        if not operation.summary:
            yield node.diagnostic(f"operation {operation.id} has no summary", "add a summary of one line")
    for node in _of_kind("link", nodes):
        yield from _check_link(contract, node)


def check_parameters(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Parameters and reply headers whose text cannot be read as the type that their schema declares."""
    for node in nodes:
        if node.kind not in ("parameter", "header"):
            continue
        where = node.value.get("in", "header")
        style = node.value.get("style")
        if style is not None and (where, style) not in _STYLES:
            fix = f"use {dict(_STYLES)[where]}"
            yield node.diagnostic(f"style {style} is not supported in {where}", fix, "style")
        if where == "path" and is_secret(contract.document, node.value.get("schema")):
            fix = "send it in a header, the query or the body"
            yield node.diagnostic("a secret in a path would be logged", fix)
        yield from _check_text_schema(contract, node, where)


def check_first_call(contract: Contract, root: SpecNode) -> Iterator[Diagnostic]:
    """An `x-first-call` that is not an operation, or whose body has no example to print."""
    name = contract.first_call
    if name is None:
        return
    operation = contract.operations.get(name)
    if operation is None:
        yield root.diagnostic(
            f"x-first-call {name} is not an operation", "name an operationId", "x-first-call"
        )
        return
    for path, method, _item, raw in contract.operation_nodes():
        if raw["operationId"] != name or "requestBody" not in raw:
            continue
        content = contract.document.resolve(raw["requestBody"])["content"]
        if not any(
            is_json(kind) and list(example_values(contract, media)) for kind, media in content.items()
        ):
            what = f"x-first-call {name} has no example of its body"
            yield root.diagnostic(what, "add an example", "paths", path, method, "requestBody")


def _of_kind(kind: str, nodes: list[SpecNode]) -> Iterator[SpecNode]:
    return (node for node in nodes if node.kind == kind)


def _check_duplicate_paths(nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    for node in _of_kind("path", nodes):
        path = node.tokens[-1]
        first = seen.setdefault(re.sub(r"\{[^}]*\}", "{}", path), path)
        if first != path:
            yield node.diagnostic(f"{path} and {first} are the same path", "keep one of them")


def _check_catches(nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Prefixes that catch no path: those that do not begin with a slash, or end with one."""
    for node in _of_kind("path", nodes):
        for prefix in node.value.get("x-catches", ()):
            if not re.fullmatch("(/[^/]+)+", str(prefix)):
                fix = "write a path such as /files/{name}, without a slash at its end"
                yield node.diagnostic(f"x-catches {prefix} is not a path", fix, "x-catches")


def _check_link(contract: Contract, node: SpecNode) -> Iterator[Diagnostic]:
    name = node.value.get("operationId")
    target: Operation | None = contract.operations.get(name)
    if target is None:
        yield node.diagnostic(f"the link's target {name} is not an operation", "name an operationId")
        return
    known = {one.name for one in target.parameters}
    known |= {f"{one.location}.{one.name}" for one in target.parameters}
    for parameter in node.value.get("parameters", {}):
        if parameter not in known:
            what = f"the link sends {name} an unknown parameter {parameter}"
            yield node.diagnostic(what, "use one of its parameters", "parameters", parameter)


def _check_text_schema(contract: Contract, node: SpecNode, where: str) -> Iterator[Diagnostic]:
    raw = node.value.get("schema")
    if raw is None:
        yield node.diagnostic(f"the {node.kind} has no schema", "add one")
        return
    shape = contract.document.resolve(raw)
    if isinstance(raw, dict) and "$ref" in raw:
        beside = sorted(raw.keys() - _DOCUMENTATION)
        if beside:
            what = f"{beside[0]} beside a $ref is not supported in a {node.kind}"
            yield node.diagnostic(what, "move it to the target of the $ref", "schema", beside[0])
    kind = _text_type(shape)
    if kind == "array" and where in ("query", "path", "header") and node.kind == "parameter":
        kind = _text_type(contract.document.resolve(shape.get("items", True)))
    if kind not in _SCALARS:
        what = f"the text of the {node.kind} cannot be read as {kind or 'a schema without a type'}"
        yield node.diagnostic(what, f"give its schema one type of {', '.join(sorted(_SCALARS))}", "schema")


def _text_type(shape: Any) -> str | None:
    """The one type as which text is read; an enum of strings implies it."""
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
