"""Examples: every one fits its schema, and every body that is sent or awaited has one."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, Place
from mockserver.contract.operation import is_json

_GIVE_ONE = "add an example"


def defaults(contract: Contract, found: list[Place]) -> Iterator[Diagnostic]:
    """Defaults and examples of schemas that do not fit; a schema that is none is left to the judge."""
    for place in found:
        if place.kind == "schema" and isinstance(place.node, dict):
            with suppress(ValueError):
                for value, below in _of_schema(place.node):
                    yield from _unfit(contract, place, place.node, value, below)


def examples(contract: Contract, found: list[Place]) -> Iterator[Diagnostic]:
    """Examples of parameters, headers and media types that do not fit."""
    for place in found:
        if place.kind in ("parameter", "header", "media"):
            schema = place.node.get("schema", True)
            for value, below in given(contract, place.node):
                yield from _unfit(contract, place, schema, value, below)


def missing(contract: Contract, found: list[Place]) -> Iterator[Diagnostic]:
    """Request bodies and 2xx replies in JSON without any example."""
    for place in found:
        if place.kind == "body":
            yield from _without(contract, place, place.node.get("content", {}))
        elif place.kind == "operation":
            for status, written in place.node.get("responses", {}).items():
                if status.startswith("2"):
                    content = contract.document.resolve(written).get("content", {})
                    yield from _without(contract, place, content, "responses", status)


def given(contract: Contract, node: dict[str, Any]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The values of `example` and `examples` of a parameter, header or media type, and where they stand."""
    if "example" in node:
        yield node["example"], ("example",)
    for name, written in node.get("examples", {}).items():
        example = contract.document.resolve(written)
        if "value" in example:
            yield example["value"], ("examples", name)


def _of_schema(node: dict[str, Any]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    for member in ("default", "example"):
        if member in node:
            yield node[member], (member,)
    for number, value in enumerate(node.get("examples", [])):
        yield value, ("examples", str(number))


def _unfit(
    contract: Contract, place: Place, schema: Any, value: Any, below: tuple[str, ...]
) -> Iterator[Diagnostic]:
    for flaw in contract.schema(schema).violations(value)[:3]:
        where = f" at {flaw.pointer}" if flaw.pointer else ""
        yield place.wrong(
            f"the {below[0]} does not fit its schema{where} ({flaw.message})", "fix one of them", *below
        )


def _without(contract: Contract, place: Place, content: Any, *below: str) -> Iterator[Diagnostic]:
    for media_type, media in content.items():
        if is_json(media_type) and not list(given(contract, media)):
            yield place.wrong(f"{media_type} has no example", _GIVE_ONE, *below)
