"""Examples: every one fits its schema, and every body that is sent or awaited has one."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.operation import is_json

_GIVE_ONE = "add an example"


def check_schema_values(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    """Defaults and examples of schemas that do not fit; a schema that is none is left to the judge."""
    for place in found:
        if place.kind == "schema" and isinstance(place.value, dict):
            with suppress(ValueError):
                for value, below in _schema_values(place.value):
                    yield from _check_value(contract, place, place.value, value, below)


def check_examples(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    """Examples of parameters, headers and media types that do not fit."""
    for place in found:
        if place.kind in ("parameter", "header", "media"):
            schema = place.value.get("schema", True)
            for value, below in example_values(contract, place.value):
                yield from _check_value(contract, place, schema, value, below)


def check_missing_examples(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    """Request bodies and 2xx replies in JSON without any example."""
    for place in found:
        if place.kind == "body":
            yield from _check_has_example(contract, place, place.value.get("content", {}))
        elif place.kind == "operation":
            for status, written in place.value.get("responses", {}).items():
                if status.startswith("2"):
                    content = contract.document.resolve(written).get("content", {})
                    yield from _check_has_example(contract, place, content, "responses", status)


def example_values(contract: Contract, node: dict[str, Any]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The values of `example` and `examples` of a parameter, header or media type, and where they stand."""
    if "example" in node:
        yield node["example"], ("example",)
    for name, written in node.get("examples", {}).items():
        example = contract.document.resolve(written)
        if "value" in example:
            yield example["value"], ("examples", name)


def _schema_values(node: dict[str, Any]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    for member in ("default", "example"):
        if member in node:
            yield node[member], (member,)
    for number, value in enumerate(node.get("examples", [])):
        yield value, ("examples", str(number))


def _check_value(
    contract: Contract, place: SpecNode, schema: Any, value: Any, below: tuple[str, ...]
) -> Iterator[Diagnostic]:
    for flaw in contract.schema(schema).violations(value)[:3]:
        where = f" at {flaw.pointer}" if flaw.pointer else ""
        yield place.diagnostic(
            f"the {below[0]} does not fit its schema{where} ({flaw.message})", "fix one of them", *below
        )


def _check_has_example(
    contract: Contract, place: SpecNode, content: Any, *below: str
) -> Iterator[Diagnostic]:
    for media_type, media in content.items():
        if is_json(media_type) and not list(example_values(contract, media)):
            yield place.diagnostic(f"{media_type} has no example", _GIVE_ONE, *below)
