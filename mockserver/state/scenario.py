"""Scenarios: named starts of a world, read from YAML files (people, time, data of each vendor)."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, reduce
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, cast

from jsonschema_rs import ValidationError, ValidationErrorKind, validator_for

from mockserver.errors import InvalidScenarioError
from mockserver.formats import yaml_cache
from mockserver.formats.durations import in_seconds
from mockserver.formats.json_pointer import format_pointer
from mockserver.formats.suggestions import suggest
from mockserver.paths import fixtures

_MAX_MESSAGE_LENGTH = 200
_MAX_PEOPLE = 1_000_000


@dataclass(frozen=True)
class Scenario:
    """The start of a world, as data. `now` is None if the world starts at the real time.

    `people` is the number of all people; the first are those of `named`, each with its given fields.
    """

    name: str
    description: str
    people: int
    seed: int
    locales: Mapping[str, float] = field(hash=False)
    now: datetime | None
    vendors: Mapping[str, Mapping[str, Any]] = field(hash=False)
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    faults: Sequence[Mapping[str, Any]] = field(default=(), hash=False)
    named: Sequence[Mapping[str, Any]] = field(default=(), hash=False)
    life: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @cached_property
    def fingerprint(self) -> str:
        """12 hex digits, equal for scenarios that produce the same records, whatever their names."""
        # a vendor may depend on the order in its section; the order of locales has no effect
        content: tuple[Any, ...] = (
            self.people,
            self.seed,
            sorted(self.locales.items()),
            str(self.now),
            self.vendors,
        )
        content += (self.named,) if self.named else ()
        content += (self.life,) if self.life else ()
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]


def scenario_names() -> list[str]:
    """The names of the scenarios that come with the server."""
    return sorted(path.stem for path in _shipped().glob("*.yaml"))


def load_scenario(name_or_path: str) -> Scenario:
    """Loads the scenario of this name, or of this file if the text has a slash or ends in .yaml or .yml.

    Raises `InvalidScenarioError`. Text from the network must be one of `scenario_names()`, never a path.
    """
    path = _find(name_or_path)
    return parse_scenario(path.stem, str(path), read_scenario(name_or_path))


def read_scenario(name_or_path: str) -> Any:
    """The unchecked document of a scenario. Raises `InvalidScenarioError` for a file that cannot be read."""
    return _read(_find(name_or_path))


def parse_scenario(name: str, where: str, document: Any) -> Scenario:
    """The scenario of a document; `where` names the document in errors. Raises `InvalidScenarioError`."""
    schema = yaml_cache.read(fixtures() / "scenario.schema.yaml")
    for error in validator_for(schema, validate_formats=True).iter_errors(document):
        _raise_invalid(where, schema, error)
    defaults = {key: part["default"] for key, part in schema["properties"].items()}
    content = defaults | document
    parsed = {
        "seed": int(content["seed"]),  # 2.0 is an integer in JSON Schema
        "faults": [_parse_fault(where, *one) for one in enumerate(content["faults"])],
        "now": _parse_now(where, content["now"]),
    }
    return Scenario(name, **content | parsed | _parse_people(where, content["people"]))


def _parse_people(where: str, people: Any) -> dict[str, Any]:
    if not isinstance(people, list):
        return {"people": int(people)}
    named = [one for one in people if isinstance(one, dict)]
    for key in ("email", "phone"):
        first: dict[str, int] = {}
        for number, one in enumerate(people):
            value = one.get(key, "").casefold() if isinstance(one, dict) else ""
            if value and first.setdefault(value, number) != number:
                what = f"{_quoted(one[key])} is also that of /people/{first[value]}"
                raise InvalidScenarioError(f"{where} at /people/{number}/{key}", what, "give another")
    generated = sum(int(one) for one in people if not isinstance(one, dict))
    if len(named) + generated > _MAX_PEOPLE:
        what = f"there are {len(named) + generated} people"
        raise InvalidScenarioError(f"{where} at /people", what, f"ask for at most {_MAX_PEOPLE}")
    return {"people": len(named) + generated, "named": named}


def _parse_fault(where: str, number: int, fault: Mapping[str, Any]) -> dict[str, Any]:
    """The fault with its durations in seconds."""
    try:
        return {
            name: in_seconds(value) if name in ("seconds", "retry_after") else value
            for name, value in fault.items()
        }
    except ValueError as error:
        raise InvalidScenarioError(f"{where} at /faults/{number}", *str(error).split("; ", 1)) from error


def _shipped() -> Path:
    return fixtures() / "scenarios"


def _find(name_or_path: str) -> Path:
    if "/" in name_or_path or "\\" in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        return Path(name_or_path)
    if name_or_path not in scenario_names():
        raise InvalidScenarioError(
            f"scenario {_quoted(name_or_path)}",
            "not found",
            f"{_suggestion(name_or_path, scenario_names())}; for a file give its path, such as ./my.yaml",
        )
    return _shipped() / f"{name_or_path}.yaml"


def _read(path: Path) -> Any:
    """The document in the file, with JSON's types only."""
    if path.parent == _shipped():
        return yaml_cache.read(path)
    # Imported here because only a file of a user needs these checks, and YAML's parser.
    return import_module("mockserver.state.scenario_file").read_document(path, scenario_names())


def _parse_now(where: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError as error:
        # the schema accepts leap seconds, Python does not
        raise InvalidScenarioError(f"{where} at /now", str(error), "use another second") from error


def _raise_invalid(where: str, schema: Mapping[str, Any], error: ValidationError) -> NoReturn:
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
            fix = _suggestion(
                str(error.instance), [o if isinstance(o, str) else json.dumps(o) for o in options]
            )
        case _:
            fix = f"expected: {parent.get('description', 'a value allowed by fixtures/scenario.schema.yaml')}"
    raise InvalidScenarioError(f"{where} at {_pointer(error.instance_path)}", _truncate(error.message), fix)


def _raise_unknown_key(document: str, error: ValidationError, key: str, known: Iterable[str]) -> NoReturn:
    where = f"{document} at {_pointer([*error.instance_path, key])}"
    raise InvalidScenarioError(where, f"unknown key {_quoted(key)}", _suggestion(key, list(known)))


def _suggestion(given: str, known: Sequence[str]) -> str:
    closest = suggest(given, known)
    available = f"available: {', '.join(sorted(known)) or 'none'}"
    return f"did you mean {_quoted(closest)}? {available}" if closest else available


def _pointer(steps: Sequence[str | int]) -> str:
    """The JSON pointer of a place in the document; "the root" for the whole document."""
    return format_pointer(steps) or "the root"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _truncate(text: str) -> str:
    return text if len(text) <= _MAX_MESSAGE_LENGTH else f"{text[:_MAX_MESSAGE_LENGTH]} …"
