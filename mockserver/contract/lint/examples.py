"""Examples: each fits its schema, and every JSON request body and 2xx reply has one."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.operation import is_json, read_text
from mockserver.contract.xml_body import is_xml, read_xml


def check_schema_values(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Defaults and examples that do not fit their schema; the OpenAPI validator reports invalid schemas."""
    for node in nodes:
        if node.kind == "schema" and isinstance(node.value, dict):
            with suppress(ValueError):
                for value, below in _schema_values(node.value):
                    yield from _check_value(contract, node, node.value, value, below)


def check_examples(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Examples of parameters, headers and media types that do not fit."""
    for node in nodes:
        if node.kind in ("parameter", "header", "media"):
            schema = node.value.get("schema", True)
            for value, below in example_values(contract, node.value, node.tokens[-1]):
                yield from _check_value(contract, node, schema, value, below)


def check_missing_examples(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """JSON request bodies and 2xx replies without an example."""
    for node in nodes:
        if node.kind == "body":
            yield from _check_has_example(contract, node, node.value.get("content", {}))
        elif node.kind == "operation":
            for status, raw in node.value.get("responses", {}).items():
                if status.startswith("2"):
                    content = contract.document.resolve(raw).get("content", {})
                    yield from _check_has_example(contract, node, content, "responses", status)


def example_values(
    contract: Contract, raw: dict[str, Any], media_type: str = ""
) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The values of `example` and `examples` of a parameter, header or media type, with their tokens.

    An example in XML is read as a call's body is.
    """
    if "example" in raw:
        yield _read(contract, raw, raw["example"], media_type), ("example",)
    for name, node in raw.get("examples", {}).items():
        example = contract.document.resolve(node)
        if "value" in example:
            yield _read(contract, raw, example["value"], media_type), ("examples", name)


def _read(contract: Contract, raw: dict[str, Any], value: Any, media_type: str) -> Any:
    schema = contract.schema(raw.get("schema", True))
    described = (
        isinstance(schema.schema, dict) and schema.schema.get("type") != "string"
    )  # else a text as it is
    if not isinstance(value, str) or not is_xml(media_type) or not described:
        return value
    with suppress(ValueError):
        return read_xml(value.encode(), schema.schema, schema.components, read_text)
    return value


def _schema_values(raw: dict[str, Any]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    for member in ("default", "example"):
        if member in raw:
            yield raw[member], (member,)
    for number, value in enumerate(raw.get("examples", [])):
        yield value, ("examples", str(number))


def _check_value(
    contract: Contract, node: SpecNode, schema: Any, value: Any, below: tuple[str, ...]
) -> Iterator[Diagnostic]:
    for violation in contract.schema(schema).violations(value)[:3]:
        where = f" at {violation.pointer}" if violation.pointer else ""
        yield node.diagnostic(
            f"the {below[0]} does not fit its schema{where} ({violation.message})", "fix one of them", *below
        )


def _check_has_example(contract: Contract, node: SpecNode, content: Any, *below: str) -> Iterator[Diagnostic]:
    for media_type, media in content.items():
        if is_json(media_type) and not list(example_values(contract, media)):
            yield node.diagnostic(f"{media_type} has no example", "add an example", *below)
