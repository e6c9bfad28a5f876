"""Schemas: references, and formats and patterns that both validators read alike."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from mockserver.contract.contract import Contract
from mockserver.contract.error_messages import python_pattern
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.schema import FORMATS, NOTES
from mockserver.errors import InvalidContractError

_SCHEMAS = "#/components/schemas/"


def check_references(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """`$ref`s that are not local or lead to nothing, and those of schemas that leave components/schemas."""
    for node in nodes:
        if not isinstance(node.value, dict) or "$ref" not in node.value:
            continue
        reference = node.value["$ref"]
        try:
            contract.document.resolve(node.value)
        except InvalidContractError as unfit:
            yield node.diagnostic(unfit.what, unfit.fix, "$ref")
            continue
        if node.kind == "schema" and not str(reference).startswith(_SCHEMAS):
            yield node.diagnostic(
                f"$ref {reference} of a schema leaves {_SCHEMAS}", f"move its target to {_SCHEMAS}", "$ref"
            )


def check_keywords(nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Formats that are not asserted, and patterns that Python and Rust would read differently."""
    for node in nodes:
        if node.kind != "schema" or not isinstance(node.value, dict):
            continue
        form = node.value.get("format")
        if form is not None and form not in (*FORMATS, *NOTES):
            yield node.diagnostic(
                f"format {form} is not asserted", f"use one of {', '.join(FORMATS)}", "format"
            )
        if "pattern" in node.value:
            yield from _check_pattern(node, node.value["pattern"], "pattern")
        for name in _mapping(node.value.get("patternProperties")):
            yield from _check_pattern(node, name, "patternProperties", name)


def _mapping(raw: Any) -> dict[str, Any]:
    return raw if isinstance(raw, dict) else {}


def _check_pattern(node: SpecNode, pattern: Any, *below: str) -> Iterator[Diagnostic]:
    if not isinstance(pattern, str):
        return
    if "$" in re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "", pattern)[:-1]:
        yield node.diagnostic("the pattern has a $ before its end", "put $ at the end only", *below)
    try:
        re.compile(python_pattern(pattern))
    except re.error as error:
        yield node.diagnostic(f"the pattern does not compile in Python ({error})", "simplify it", *below)
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except (ValueError, jsonschema_rs.ValidationError) as error:
        reason = str(error).partition("\n")[0]
        yield node.diagnostic(f"the pattern does not compile in Rust ({reason})", "simplify it", *below)
