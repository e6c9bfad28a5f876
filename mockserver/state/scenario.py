"""A named start of a world, read from a file: who is in it, what time it is there, what each vendor adds."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, reduce
from pathlib import Path
from typing import Any, NoReturn, cast

import yaml
from jsonschema_rs import ValidationError, ValidationErrorKind, validator_for

from mockserver.errors import InvalidScenarioError
from mockserver.formats import yaml_loader
from mockserver.formats.json_pointer import format_pointer
from mockserver.formats.suggestions import suggest
from mockserver.paths import fixtures

_LARGEST = 1_000_000
_DEEPEST = 50
_LONGEST = 200


@dataclass(frozen=True)
class Scenario:
    """What decides the start of a world. `now` is None where the world's clock is the real one."""

    name: str
    description: str
    people: int
    seed: int
    locales: Mapping[str, float] = field(hash=False)
    now: datetime | None
    vendors: Mapping[str, Mapping[str, Any]] = field(hash=False)

    @cached_property
    def fingerprint(self) -> str:
        """12 hex digits: the same for scenarios that make the same records, whatever they are called."""
        # a vendor may read its own section in order; the order of locales decides nothing
        content = (self.people, self.seed, sorted(self.locales.items()), str(self.now), self.vendors)
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]


def scenario_names() -> list[str]:
    """The scenarios that come with the server."""
    return sorted(path.stem for path in _shipped().glob("*.yaml"))


def load_scenario(name_or_path: str) -> Scenario:
    """The scenario of this name, or of this file where the text has a slash or ends in .yaml or .yml.

    Raises `InvalidScenarioError`. Text from the network must be one of `scenario_names()`, never a path.
    """
    path = _find(name_or_path)
    document = _read(path)
    schema = yaml_loader.read(fixtures() / "scenario.schema.yaml")
    for error in validator_for(schema, validate_formats=True).iter_errors(document):
        _refuse(path, schema, error)
    defaults = {key: part["default"] for key, part in schema["properties"].items()}
    content = defaults | document
    # to JSON Schema 2.0 is an integer too
    whole = {key: int(content[key]) for key in ("people", "seed")}
    return Scenario(path.stem, **content | whole | {"now": _moment(path, content["now"])})


def _shipped() -> Path:
    return fixtures() / "scenarios"


def _find(name_or_path: str) -> Path:
    if "/" in name_or_path or "\\" in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        return Path(name_or_path)
    if name_or_path not in scenario_names():
        raise InvalidScenarioError(
            f"scenario {_quoted(name_or_path)}",
            "there is none of this name",
            f"{_nearest(name_or_path, scenario_names())}; give a file by its path, such as ./my.yaml",
        )
    return _shipped() / f"{name_or_path}.yaml"


def _read(path: Path) -> Any:
    """The document in the file, in nothing but JSON's types."""
    text = _text(path)
    try:
        _refuse_traps(path, text)
        return yaml_loader.parse(text)
    except InvalidScenarioError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        what = getattr(error, "problem", None) or str(error)
        raise InvalidScenarioError(
            where, f"not YAML that can be read: {what}", "correct its syntax"
        ) from error


def _text(path: Path) -> str:
    if not path.is_file():
        raise InvalidScenarioError(
            str(path), "there is no such file", f"name a file, or one of {', '.join(scenario_names())}"
        )
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise InvalidScenarioError(
                str(path), f"larger than {_LARGEST} bytes", "let `people` make the records"
            )
        return content.decode()
    except OSError as error:
        raise InvalidScenarioError(
            str(path), f"cannot be read: {error.strerror}", "make it readable"
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidScenarioError(
            str(path), f"not UTF-8 at byte {error.start}", "save it as UTF-8"
        ) from error


def _refuse_traps(path: Path, text: str) -> None:
    """Refuses what YAML can do and a scenario never needs, before anything is made of it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        where = f"{path}:{event.start_mark.line + 1}" if event.start_mark else str(path)
        if isinstance(event, yaml.AliasEvent):
            # a few aliases of aliases unfold to more than any memory holds
            raise InvalidScenarioError(where, f"the alias *{event.anchor}", "write the value out")
        if tag := getattr(event, "tag", None):
            raise InvalidScenarioError(where, f"the tag {tag}", "write a plain value without a tag")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise InvalidScenarioError(where, f"nested deeper than {_DEEPEST}", "write it flatter")
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    if root is not None:
        _refuse_repeats(path, root)


def _refuse_repeats(path: Path, node: yaml.Node) -> None:
    """Refuses a key that stands twice in one mapping; YAML's reader would let the last one win."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeats(path, item)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            where = f"{path}:{key.start_mark.line + 1}"
            if not isinstance(key, yaml.ScalarNode):
                raise InvalidScenarioError(
                    where, "a key that is not text", "write a plain word before the colon"
                )
            if key.value in seen:
                raise InvalidScenarioError(
                    where, f"the key {_quoted(key.value)} stands twice", "keep one of them"
                )
            seen.add(key.value)
            _refuse_repeats(path, value)


def _moment(path: Path, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError as error:
        # a leap second is a date-time to the schema but not to Python
        raise InvalidScenarioError(f"{path} at /now", str(error), "name another second") from error


def _refuse(path: Path, schema: Mapping[str, Any], error: ValidationError) -> NoReturn:
    # the steps to a keyword lead through $defs, not through the $ref to them
    parent: Any = reduce(lambda part, step: part[step], error.schema_path[:-1], cast(Any, schema))
    kinds = ValidationErrorKind
    match error.kind:
        case (
            kinds.AdditionalProperties(unexpected=[key, *_])
            | kinds.UnevaluatedProperties(unexpected=[key, *_])
        ):
            _refuse_key(path, error, key, parent.get("properties", ()))
        case kinds.PropertyNames(error=inner):
            _refuse_key(path, error, str(inner.instance), getattr(inner.kind, "options", ()))
        case kinds.Enum(options=options):
            fix = _nearest(str(error.instance), [o if isinstance(o, str) else json.dumps(o) for o in options])
        case _:
            fix = f"expected: {parent.get('description', 'what fixtures/scenario.schema.yaml says')}"
    raise InvalidScenarioError(f"{path} at {_pointer(error.instance_path)}", _brief(error.message), fix)


def _refuse_key(path: Path, error: ValidationError, key: str, known: Iterable[str]) -> NoReturn:
    where = f"{path} at {_pointer([*error.instance_path, key])}"
    raise InvalidScenarioError(where, f"unknown key {_quoted(key)}", _nearest(key, list(known)))


def _nearest(given: str, known: Sequence[str]) -> str:
    close = suggest(given, known)
    listed = f"known: {', '.join(sorted(known)) or 'none'}"
    return f"did you mean {_quoted(close)}? {listed}" if close else listed


def _pointer(steps: Sequence[str | int]) -> str:
    """Where in the document, as a JSON pointer; the whole of it has no name there, so it gets one."""
    return format_pointer(steps) or "its root"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _one_line(text: str) -> str:
    return " ".join(text.split())
