"""Rejected filters, quoted as they were sent (recorded for unknown operators)."""

from typing import Any, Final

import orjson

from mockserver.errors import Problem
from mockserver.formats.bounded_text import clip
from mockserver.vendors.ortto.filter_logic import AND_OPERATORS, MAX_DEPTH, OR_OPERATORS
from mockserver.vendors.ortto.filter_operators import LEAF_OPERATORS
from mockserver.vendors.ortto.ids import ID, raise_malformed
from mockserver.vendors.ortto.raw_json import RawJson

_LOGICAL: Final = (*AND_OPERATORS, *OR_OPERATORS)
_MAX_LENGTH: Final = 100_000
"""The longest filter whose parts are looked at; each level of nesting is scanned again."""

_MAX_QUOTED: Final = 4_096  # of each JSON in an error, which quotes a nested filter once for each level


def filter_problem(filter: RawJson, tokens: list[str]) -> Problem:
    """The problem for a filter that does not match the schema, whose violation is at these tokens.

    The text for an unknown operator quotes each enclosing JSON, innermost first (recorded). So does the text
    for everything else, with the operand or the object that is wrong (inferred).
    """
    if len(filter.text) > _MAX_LENGTH:
        return Problem("filter_invalid", reason=f"Failed to decode filter: {_quote(filter)} (Invalid value)")
    try:
        unknown = _unknown_operator(filter, 0)
    except Problem as malformed:
        return malformed
    if unknown is not None:
        return Problem("operator_unknown", reason=unknown)
    return Problem("filter_invalid", reason=_wrong_part(filter, tokens))


def _unknown_operator(filter: RawJson, depth: int) -> str | None:
    """The error text for the first unknown operator; None if all are known. Raises on malformed ids."""
    if depth > MAX_DEPTH:
        return None
    for operator, operand in filter.members:
        if operator in _LOGICAL:
            for nested in operand.items:
                inner = _unknown_operator(nested, depth + 1)
                if inner is not None:
                    return _enclose(operator, operand, inner)
        elif operator not in LEAF_OPERATORS:
            return f"Unknown operation {operator}: {_quote(operand)} (Invalid value)"
        else:
            _validate_ids(operator, operand)
    return None


def _wrong_part(filter: RawJson, tokens: list[str]) -> str:
    """The error text for the operand, or the object without exactly one operator, at these tokens."""
    if len(filter.members) == 1:
        ((operator, operand),) = filter.members
        if operator not in _LOGICAL:
            return f"Failed to decode filter {operator}: {_quote(operand)} (Invalid value)"
        nested = operand.find(tokens[1]) if tokens[:1] == [operator] and len(tokens) > 1 else None
        if nested is not None:
            return _enclose(operator, operand, _wrong_part(nested, tokens[2:]))
        return f"Failed to decode filter {operator}: {_quote(operand)} (Invalid value)"
    return f"Failed to decode filter: {_quote(filter)} (Invalid value)"


def _enclose(operator: str, operand: RawJson, inner: str) -> str:
    return f"Failed to decode filter {operator} body {_quote(operand)}: {inner} (Invalid value)"


def _validate_ids(operator: str, operand: RawJson) -> None:
    value: Any = orjson.loads(operand.text)
    if not isinstance(value, dict):
        return
    ids = [value[key] for key in ("audience_id", "campaign_id") if key in value]
    if operator.startswith("$id_") and "value" in value:
        ids += value["value"] if isinstance(value["value"], list) else [value["value"]]
    for id in ids:
        if not (isinstance(id, str) and ID.fullmatch(id)):
            raise_malformed(id)


def _quote(value: RawJson) -> str:
    return clip(value.text, _MAX_QUOTED)
