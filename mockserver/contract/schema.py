"""A JSON Schema, validated by `jsonschema-rs` (fast) and explained by `jsonschema` (error messages).

A schema is compiled on first use, since a run needs only a few of a contract's schemas. `jsonschema` is
imported for the first violation, since importing it takes a third of the start-up time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from itertools import islice
from typing import Any

import jsonschema_rs

from mockserver.contract.coercion import Place
from mockserver.contract.unknown_properties import PropertyCatalogue, UnknownMember, collect_properties
from mockserver.errors import ExplanationTooLongError
from mockserver.formats.json_pointer import format_pointer, parse_pointer

FORMATS = ("date", "date-time", "uuid", "email", "uri")
"""The formats that are asserted; lint rejects any other except those of `NOTES`."""

NOTES = ("password", "binary")
"""Formats that allow any text: `password` marks secrets, `binary` makes generated clients send bytes."""

_COMPONENTS = "#/components/schemas/"
MAX_VIOLATIONS = 50
"""The violations of one value that are explained; the others are not looked for."""

_MAX_MESSAGE_LENGTH = 300
_MIN_REMEMBERED_LENGTH, _MAX_REMEMBERED_LENGTH, _MAX_REMEMBERED = 4_096, 65_536, 64
"""The length in bytes of values that are remembered as valid, and how many are per schema."""


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """One violation of a schema: the JSON pointer, the keyword, the message and the value.

    `rule` is the subschema that contains the keyword; None if unknown.
    """

    pointer: str
    keyword: str
    message: str
    value: Any
    rule: Any = field(default=None, compare=False, repr=False)


class Schema:
    """A schema of a contract; its `$ref`s point into `components` of the same document."""

    def __init__(self, schema: Any, components: dict[str, Any]) -> None:
        self.schema = schema
        self.components = components
        self._known_valid: set[bytes] = set()

    def is_valid(self, value: Any, encoded: bytes | None = None) -> bool:
        """Whether the value fits, in microseconds; `encoded` is the value as JSON, if the caller has it.

        Long values found valid are remembered by their bytes: comparing these takes a tenth of the time.
        """
        if encoded is None or not _MIN_REMEMBERED_LENGTH <= len(encoded) <= _MAX_REMEMBERED_LENGTH:
            return self._is_valid(value)
        return encoded in self._known_valid or (self._is_valid(value) and self._remember(encoded))

    def _remember(self, encoded: bytes) -> bool:
        if len(self._known_valid) >= _MAX_REMEMBERED:
            self._known_valid.clear()
        self._known_valid.add(bytes(memoryview(encoded)))  # a copy: a dumped buffer pins more than its length
        return True

    def violations(self, value: Any) -> list[SchemaViolation]:
        """The violations of the schema by the value, at most 50 and one more; empty if it is valid.

        Finding and wording more would cost the caller nothing and the server seconds.
        """
        if self._is_valid(value):
            return []
        found: list[SchemaViolation] = []
        try:
            for error in islice(self.explainer.iterate(value), MAX_VIOLATIONS + 1):
                found.append(_violation(error))
            # jsonschema-rs decides; its short message is used if jsonschema finds no violation.
            found = found or self._first_violation(value)
        except ExplanationTooLongError:  # nor jsonschema-rs, whose errors of `oneOf` take seconds
            found = found or [
                SchemaViolation("", "schema", "does not fit, in too many ways to say how", value)
            ]
        except (RecursionError, ValueError):  # raised by Python and Rust for very deep nesting
            message = "does not fit, and is nested too deeply to say where"
            found = [SchemaViolation("", "nesting", message, value)]
        return sorted(found, key=lambda one: (one.pointer, one.keyword, one.message))

    def _first_violation(self, value: Any) -> list[SchemaViolation]:
        try:
            self._validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            return [_short_violation(error)]
        return []

    def unknown_properties(self, value: Any) -> list[UnknownMember]:
        """The members of the value, at all depths, that the schema does not describe."""
        catalogue = self._catalogue
        if catalogue is None or type(value) not in (dict, list):
            return []
        return catalogue.find_unknown(value)

    @cached_property
    def property_names(self) -> tuple[str, ...]:
        """The members that the schema describes at its top level, in its order."""
        return tuple(self._properties)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The defaults of these members, for those that have one."""
        described = self._properties.items()
        return {name: one["default"] for name, one in described if isinstance(one, dict) and "default" in one}

    @cached_property
    def _properties(self) -> dict[str, Any]:
        return collect_properties(self.schema, self.components)

    @cached_property
    def place(self) -> Place:
        """Where values of this schema stand, for their coercion."""
        return Place([self.schema], self.components)

    @cached_property
    def _catalogue(self) -> PropertyCatalogue | None:
        catalogue = PropertyCatalogue([self.schema], self.components)
        return catalogue if catalogue.has_rules else None

    @cached_property
    def standalone(self) -> dict[str, Any]:
        """The schema as a standalone document whose references resolve inside it.

        It has only the components that it refers to: with all of a contract's, compiling took 1 ms.
        """
        schema = self.schema if isinstance(self.schema, dict) else {"allOf": [self.schema]}
        return {**schema, "components": {"schemas": _reachable(schema, self.components)}}

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator(self.standalone, validate_formats=True)

    @cached_property
    def _is_valid(self) -> Callable[[Any], bool]:
        return self._validator.is_valid

    @cached_property
    def explainer(self) -> Any:
        """The `jsonschema` validator: slow, with messages; tests compare the fast one with it."""
        return import_module("mockserver.contract.error_messages").Explainer(self.standalone, FORMATS)


def json_type(shape: Any) -> str:
    """The type that a schema names, the first one besides null; string without one."""
    kinds = shape.get("type", "string") if isinstance(shape, dict) else "string"
    if isinstance(kinds, list):
        kinds = next((kind for kind in kinds if kind != "null"), "string")
    return str(kinds)


def _reachable(schema: Any, components: dict[str, Any]) -> dict[str, Any]:
    """The components that a schema refers to, directly or through others, in the order of the document."""
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            reference = node.get("$ref")
            if isinstance(reference, str) and reference.startswith(_COMPONENTS):
                name = parse_pointer(reference[1:])[2]
                if name not in components:
                    return components  # the validator says what is wrong with the reference
                if name not in found:
                    found.add(name)
                    waiting.append(components[name])
    return {name: one for name, one in components.items() if name in found}


def _violation(error: Any) -> SchemaViolation:
    where = format_pointer(list(error.absolute_path))
    return SchemaViolation(
        where, str(error.validator), _truncated(error.message), error.instance, error.schema
    )


def _short_violation(error: jsonschema_rs.ValidationError) -> SchemaViolation:
    return SchemaViolation(
        format_pointer(error.instance_path), error.kind.name, _truncated(error.message), error.instance
    )


def _truncated(message: str) -> str:
    return message if len(message) <= _MAX_MESSAGE_LENGTH else message[:_MAX_MESSAGE_LENGTH] + " …"
