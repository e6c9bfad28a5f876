"""Schemas: only what both validators mean the same by."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from mockserver.contract.contract import Contract
from mockserver.contract.error_messages import python_pattern
from mockserver.contract.lint.document_walker import Diagnostic, Place
from mockserver.contract.schema import FORMATS
from mockserver.errors import InvalidContractError

_HOME = "#/components/schemas/"


def references(contract: Contract, found: list[Place]) -> Iterator[Diagnostic]:
    """`$ref`s that are not local or lead nowhere, and those of schemas that leave components/schemas."""
    for place in found:
        if not isinstance(place.node, dict) or "$ref" not in place.node:
            continue
        reference = place.node["$ref"]
        try:
            contract.document.resolve(place.node)
        except InvalidContractError as unfit:
            yield place.wrong(unfit.what, unfit.fix, "$ref")
            continue
        if place.kind == "schema" and not str(reference).startswith(_HOME):
            yield place.wrong(
                f"$ref {reference} of a schema leaves {_HOME}", f"move its target to {_HOME}", "$ref"
            )


def keywords(found: list[Place]) -> Iterator[Diagnostic]:
    """Formats that are not asserted, and patterns that two engines would read in two ways."""
    for place in found:
        if place.kind != "schema" or not isinstance(place.node, dict):
            continue
        form = place.node.get("format")
        if form is not None and form not in (*FORMATS, "password"):
            yield place.wrong(f"format {form} is not asserted", f"use one of {', '.join(FORMATS)}", "format")
        if "pattern" in place.node:
            yield from _pattern(place, place.node["pattern"], "pattern")
        for name in _mapping(place.node.get("patternProperties")):
            yield from _pattern(place, name, "patternProperties", name)


def _mapping(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def _pattern(place: Place, pattern: Any, *below: str) -> Iterator[Diagnostic]:
    if not isinstance(pattern, str):
        return
    if "$" in re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "", pattern)[:-1]:
        yield place.wrong("the pattern has a $ before its end", "put $ at the end only", *below)
    try:
        re.compile(python_pattern(pattern))
    except re.error as error:
        yield place.wrong(f"the pattern does not compile in Python ({error})", "write it plainer", *below)
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except (ValueError, jsonschema_rs.ValidationError) as error:
        reason = str(error).partition("\n")[0]
        yield place.wrong(f"the pattern does not compile in Rust ({reason})", "write it plainer", *below)
