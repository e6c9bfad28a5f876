"""A JSON Schema with two voices: `jsonschema-rs` gives the verdict, `jsonschema` explains a refusal.

Compiling is put off until the schema is first used, since a contract has many that a run never meets, and the
explaining voice is loaded with the first refusal, since it would cost every start a third of its time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any

import jsonschema_rs

from mockserver.contract.unknown_properties import PropertyCatalogue, UnknownMember, collect_properties
from mockserver.formats.json_pointer import format_pointer

FORMATS = ("date", "date-time", "uuid", "email", "uri")
"""The formats that we assert; lint refuses any other, but for `password`, which says what is secret."""

_MAX_MESSAGE_LENGTH = 300
_MIN_REMEMBERED_LENGTH, _MAX_REMEMBERED_LENGTH, _MAX_REMEMBERED = 4_096, 65_536, 64
"""Which values are remembered by their bytes, and how many for a schema."""


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """One thing wrong with a value: where (JSON pointer), which keyword, in words, and the value there.

    `rule` is the schema in which the keyword stands, where it is known.
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
        """The verdict, in microseconds; `written` is the value as JSON, where that is known.

        A long list is as good as the same was a moment ago, and comparing bytes takes a tenth of the time.
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
        """Everything that is wrong with the value; empty if it fits."""
        if self._is_valid(value):
            return []
        try:
            found = [_violation(error) for error in self.explainer.iter_errors(value)]
            # The verdict stands, whatever the explanation finds.
            found = found or [_short_violation(error) for error in self._validator.iter_errors(value)]
        except (RecursionError, ValueError):  # how Python and Rust give up on a caller's very deep nesting
            found = [
                SchemaViolation("", "nesting", "does not fit, and is nested too deeply to say where", value)
            ]
        return sorted(found, key=lambda flaw: (flaw.pointer, flaw.keyword, flaw.message))

    def unknown_properties(self, value: Any) -> list[UnknownMember]:
        """The members of the value, in all depths, that nothing in the schema knows."""
        members = self._catalogue
        return members.find_unknown(value) if members is not None and type(value) in (dict, list) else []

    @cached_property
    def property_names(self) -> tuple[str, ...]:
        """The members that the schema itself describes, in its order."""
        return tuple(self._properties)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """Those of them that have a default, and which."""
        described = self._properties.items()
        return {name: one["default"] for name, one in described if isinstance(one, dict) and "default" in one}

    @cached_property
    def _properties(self) -> dict[str, Any]:
        return collect_properties(self.schema, self.components)

    @cached_property
    def _catalogue(self) -> PropertyCatalogue | None:
        members = PropertyCatalogue([self.schema], self.components)
        return members if members.has_rules else None

    @cached_property
    def standalone(self) -> dict[str, Any]:
        """The schema as a document of its own, its references resolvable inside it."""
        schema = self.schema if isinstance(self.schema, dict) else {"allOf": [self.schema]}
        return {**schema, "components": {"schemas": self.components}}

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator(self.standalone, validate_formats=True)

    @cached_property
    def _is_valid(self) -> Callable[[Any], bool]:
        return self._validator.is_valid

    @cached_property
    def explainer(self) -> Any:
        """The slow voice, also the oracle that the fast one is tested against."""
        return import_module("mockserver.contract.error_messages").explainer(self.standalone, FORMATS)


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
