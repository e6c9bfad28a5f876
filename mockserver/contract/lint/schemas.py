"""Schemas: only what both validators mean the same by."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from mockserver.contract.contract import Contract
from mockserver.contract.error_messages import python_pattern
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.schema import FORMATS
from mockserver.errors import InvalidContractError

_SCHEMAS = "#/components/schemas/"


def check_references(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    """`$ref`s that are not local or lead nowhere, and those of schemas that leave components/schemas."""
    for place in found:
        if not isinstance(place.value, dict) or "$ref" not in place.value:
            continue
        reference = place.value["$ref"]
        try:
            contract.document.resolve(place.value)
        except InvalidContractError as unfit:
            yield place.diagnostic(unfit.what, unfit.fix, "$ref")
            continue
        if place.kind == "schema" and not str(reference).startswith(_SCHEMAS):
            yield place.diagnostic(
                f"$ref {reference} of a schema leaves {_SCHEMAS}", f"move its target to {_SCHEMAS}", "$ref"
            )


def check_keywords(found: list[SpecNode]) -> Iterator[Diagnostic]:
    """Formats that are not asserted, and patterns that two engines would read in two ways."""
    for place in found:
        if place.kind != "schema" or not isinstance(place.value, dict):
            continue
        form = place.value.get("format")
        if form is not None and form not in (*FORMATS, "password"):
            yield place.diagnostic(
                f"format {form} is not asserted", f"use one of {', '.join(FORMATS)}", "format"
            )
        if "pattern" in place.value:
            yield from _check_pattern(place, place.value["pattern"], "pattern")
        for name in _mapping(place.value.get("patternProperties")):
            yield from _check_pattern(place, name, "patternProperties", name)


def _mapping(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def _check_pattern(place: SpecNode, pattern: Any, *below: str) -> Iterator[Diagnostic]:
    if not isinstance(pattern, str):
        return
    if "$" in re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "", pattern)[:-1]:
        yield place.diagnostic("the pattern has a $ before its end", "put $ at the end only", *below)
    try:
        re.compile(python_pattern(pattern))
    except re.error as error:
        yield place.diagnostic(
            f"the pattern does not compile in Python ({error})", "write it plainer", *below
        )
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except (ValueError, jsonschema_rs.ValidationError) as error:
        reason = str(error).partition("\n")[0]
        yield place.diagnostic(f"the pattern does not compile in Rust ({reason})", "write it plainer", *below)
