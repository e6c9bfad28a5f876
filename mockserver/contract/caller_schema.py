"""JSON Schemas that callers send, to check values of later calls.

Nothing is fetched for them, and matching a pattern ends after a number of steps: a caller must not make the
server call others, nor work for minutes.
"""

from itertools import islice
from typing import Any, Final

import jsonschema_rs

from mockserver.contract.schema import SchemaViolation
from mockserver.formats.json_pointer import format_pointer

_MAX_STEPS: Final = 10_000
_MAX_VIOLATIONS: Final = 20


class CallerSchema:
    """A schema of any draft that jsonschema-rs knows; without `$schema` it is of draft 2020-12."""

    def __init__(self, schema: Any) -> None:
        """Raises `ValueError` if the schema is invalid, nested too deeply or refers to another document."""
        self._schema = schema
        patterns = jsonschema_rs.FancyRegexOptions(backtrack_limit=_MAX_STEPS)
        self._validator = jsonschema_rs.validator_for(schema, pattern_options=patterns, retriever=_refuse)

    def violations(self, value: Any) -> list[SchemaViolation]:
        """The first violations by the value; empty if it is valid."""
        try:
            errors = islice(self._validator.iter_errors(value), _MAX_VIOLATIONS)
            return [self._violation(error) for error in errors]
        except ValueError:  # raised for the value in an error that is nested too deeply for Python
            return [
                SchemaViolation("", "nesting", "does not fit, and is nested too deeply to say where", None)
            ]

    def _violation(self, error: jsonschema_rs.ValidationError) -> SchemaViolation:
        *place, keyword = error.schema_path or [""]
        rule = self._schema
        for token in place:
            rule = rule[token] if _has(rule, token) else None
        where = format_pointer(error.instance_path)
        return SchemaViolation(where, str(keyword), error.message, error.instance, rule)


def _has(node: Any, token: str | int) -> bool:
    if isinstance(node, dict):
        return token in node
    return isinstance(node, list) and isinstance(token, int) and token < len(node)


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} is another document; put its schemas into $defs")
