"""Scenarios and profiles as data: found by name or path, read, and checked by their schema."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import reduce
from importlib import import_module
from operator import or_
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, cast

from jsonschema_rs import ValidationError, ValidationErrorKind, validator_for

from mockserver.errors import InvalidScenarioError, InvalidVendorError
from mockserver.formats import yaml_cache
from mockserver.formats.durations import in_seconds
from mockserver.formats.json_pointer import format_pointer
from mockserver.formats.suggestions import suggest
from mockserver.homes import Home, outside_fixtures, outside_homes
from mockserver.paths import fixtures

_MAX_MESSAGE_LENGTH = 200
_SECTIONED = "scenario"
"""The kind whose documents have a section for each vendor."""


class DataKind(NamedTuple):
    """A kind of data files: its noun, and the folder of those that come with the server."""

    noun: str
    folder: str

    def names(self) -> list[str]:
        """The names of the files that come with the server, and with vendors from outside."""
        return sorted(self._files())

    def find(self, name_or_path: str) -> Path:
        """The file of this name, or this file if the text has a slash or ends in .yaml or .yml.

        Raises `InvalidScenarioError` for an unknown name.
        """
        if is_path(name_or_path):
            return Path(name_or_path)
        files = self._files()
        if name_or_path not in files:
            fix = f"{suggestion(name_or_path, sorted(files))}; for a file give its path, such as ./my.yaml"
            raise InvalidScenarioError(f"{self.noun} {quoted(name_or_path)}", "not found", fix)
        return files[name_or_path]

    def read(self, path: Path) -> Any:
        """The document in the file, with JSON's types only. Raises `InvalidScenarioError`."""
        if path.parent == self._shipped():
            return yaml_cache.read(path)
        # Imported here because only a file of a user needs these checks, and YAML's parser.
        return import_module("mockserver.state.scenario_file").read_document(path, self.names())

    def check(self, where: str, document: Any) -> dict[str, Any]:
        """The document with the defaults of the schema; `where` names it in errors.

        Raises `InvalidScenarioError`.
        """
        file = f"{self.noun}.schema.yaml"
        schema = _with_outside(yaml_cache.read(fixtures() / file), file)
        for error in validator_for(schema, validate_formats=True).iter_errors(document):
            _raise_invalid(where, schema, file, error)
        defaults = {key: part["default"] for key, part in schema["properties"].items() if "default" in part}
        checked: dict[str, Any] = defaults | document
        return checked

    def is_shipped(self, name: str) -> bool:
        """Whether the file of this name comes with the server."""
        return (self._shipped() / f"{name}.yaml").is_file()

    def _files(self) -> dict[str, Path]:
        """The files by name; that of the server comes before one of the same name from outside."""
        folders = [*(path for _, path in outside_fixtures(self.folder)), self._shipped()]
        return {path.stem: path for folder in folders for path in folder.glob("*.yaml")}

    def _shipped(self) -> Path:
        return fixtures() / self.folder


def parse_faults(where: str, faults: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The faults of a document with their durations in seconds. Raises `InvalidScenarioError`."""
    return [
        {
            name: parse_duration(f"{where} at /faults/{number}", value)
            if name in ("seconds", "retry_after")
            else value
            for name, value in fault.items()
        }
        for number, fault in enumerate(faults)
    ]


def parse_duration(where: str, value: Any) -> Any:
    """A duration, or a distribution of them, in seconds. Raises `InvalidScenarioError`."""
    try:
        return in_seconds(value)
    except ValueError as error:
        raise InvalidScenarioError(where, *str(error).split("; ", 1)) from error


def is_path(text: str) -> bool:
    """Whether the text names a file, not what comes with the server."""
    return "/" in text or "\\" in text or text.endswith((".yaml", ".yml"))


def suggestion(given: str, known: Sequence[str]) -> str:
    """The known name that is most similar to the given one, and all of them."""
    closest = suggest(given, known)
    available = f"available: {', '.join(sorted(known)) or 'none'}"
    return f"did you mean {quoted(closest)}? {available}" if closest else available


def quoted(text: str) -> str:
    """The text in quotation marks, as JSON."""
    return json.dumps(text, ensure_ascii=False)


def _with_outside(schema: dict[str, Any], file: str) -> dict[str, Any]:
    """The schema of a kind, with the sections of vendors from outside, each with a schema of its own.

    Without a good one, a section of the vendor is empty.
    """
    if "vendors" not in schema["properties"]:
        return schema
    empty = {
        "description": f"nothing, as its package has no fixtures/{file}",
        "type": "object",
        "maxProperties": 0,
    }
    own: dict[str, dict[str, Any]] = {}
    for home in outside_homes():
        with suppress(InvalidVendorError):  # an error of who serves the vendor, not of who reads a scenario
            own[home.name] = read_section(home) or empty
    sections = {home.name: own.get(home.name, empty) for home in outside_homes()}
    vendors = schema["properties"]["vendors"]
    vendors = vendors | {"properties": vendors["properties"] | sections}
    definitions = [one.get("$defs", {}) for one in own.values()]
    merged: dict[str, Any] = reduce(or_, definitions, {}) | schema["$defs"]
    return schema | {"properties": schema["properties"] | {"vendors": vendors}, "$defs": merged}


def read_section(home: Home) -> dict[str, Any] | None:
    """The schema of the section that a vendor from outside has in scenarios; None if it has no file.

    Raises `InvalidVendorError` for one that is not a JSON Schema.
    """
    path = home.fixtures / f"{_SECTIONED}.schema.yaml"
    if not path.is_file():
        return None
    try:
        schema = yaml_cache.read(path)
        validator_for(schema)
    except (OSError, ValueError, TypeError) as error:
        what = f"{path} is not a JSON Schema ({' '.join(str(error).split())})"
        raise InvalidVendorError(home.label, what, "correct it") from error
    if not isinstance(schema, dict):
        raise InvalidVendorError(home.label, f"{path} is not a mapping", "start it with `type: object`")
    return schema


def _raise_invalid(where: str, schema: Mapping[str, Any], file: str, error: ValidationError) -> NoReturn:
    # the path of a keyword goes through $defs, not through the $ref to it
    parent: Any = reduce(lambda part, step: part[step], error.schema_path[:-1], cast(Any, schema))
    kinds = ValidationErrorKind
    match error.kind:
        case (
            kinds.AdditionalProperties(unexpected=[key, *_])
            | kinds.UnevaluatedProperties(unexpected=[key, *_])
        ):
            _raise_unknown_key(where, error, key, parent.get("properties", ()))
        case kinds.PropertyNames(error=inner):
            _raise_unknown_key(where, error, str(inner.instance), getattr(inner.kind, "options", ()))
        case kinds.Enum(options=options):
            fix = suggestion(
                str(error.instance), [o if isinstance(o, str) else json.dumps(o) for o in options]
            )
        case _:
            fix = f"expected: {parent.get('description', f'a value allowed by fixtures/{file}')}"
    raise InvalidScenarioError(f"{where} at {_pointer(error.instance_path)}", _truncate(error.message), fix)


def _raise_unknown_key(document: str, error: ValidationError, key: str, known: Iterable[str]) -> NoReturn:
    where = f"{document} at {_pointer([*error.instance_path, key])}"
    raise InvalidScenarioError(where, f"unknown key {quoted(key)}", suggestion(key, list(known)))


def _pointer(steps: Sequence[str | int]) -> str:
    """The JSON pointer of a place in the document; "the root" for the whole document."""
    return format_pointer(steps) or "the root"


def _truncate(text: str) -> str:
    return text if len(text) <= _MAX_MESSAGE_LENGTH else f"{text[:_MAX_MESSAGE_LENGTH]} …"
