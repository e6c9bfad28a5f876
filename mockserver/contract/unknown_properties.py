"""Which members a schema knows, in all depths: what else is sent is tolerated, and mostly misspelt.

A place in a value is met by several schemas at once (`$ref`, `allOf`, `anyOf` …); what one of them knows is
known. A place is worked out when a value first reaches it, since schemas may contain themselves.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

import jsonschema_rs

from mockserver.formats.json_pointer import format_pointer, resolve
from mockserver.formats.suggestions import suggest

_MAX_FOUND: Final = 20
_MAX_NAMES: Final = 1_000  # callers choose names: no more of those that only a pattern knows are remembered
_MAX_DEPTH: Final = 64
_CONTAINERS: Final = frozenset({dict, list})
_ALL: Final = ("allOf", "anyOf", "oneOf")
_ONE: Final = ("if", "then", "else")
_MAPS: Final = ("additionalProperties", "unevaluatedProperties")

Rule = Mapping[str, Any]


class UnknownMember(NamedTuple):
    """A member that no schema of its place knows, and the nearest one that they do know."""

    pointer: str
    nearest: str | None


class PropertyCatalogue:
    """What the schemas of one place know of an object, or of the items of an array, that stands there."""

    def __init__(
        self,
        schemas: Iterable[Any],
        components: Mapping[str, Any],
        catalogues: "dict[tuple[int, ...], PropertyCatalogue] | None" = None,
    ) -> None:
        """`places` are those of the same tree that are known already, by their schemas."""
        self._components = components
        self._catalogues = {} if catalogues is None else catalogues
        self._rules = list(_iterate_rules(schemas, components))
        self._below: dict[str, PropertyCatalogue | None] = {}

    def find_unknown(self, value: Any) -> list[UnknownMember]:
        """The unknown members of a value, each name of a place once; no more than a person would read."""
        found: dict[tuple[int, str], UnknownMember] = {}
        self._find(value, (), found)
        return list(found.values())

    def _find(self, value: Any, where: tuple[Any, ...], found: dict[tuple[int, str], UnknownMember]) -> None:
        if type(value) is list:
            items = self._items
            for number, item in enumerate(value) if items else ():
                if items and type(item) in _CONTAINERS and len(where) < _MAX_DEPTH:
                    items._find(item, (*where, number), found)
            return
        known = self._below
        for name, member in value.items():
            if name in known or self._knows(name):
                below = known.get(name)
                if below is not None and type(member) in _CONTAINERS and len(where) < _MAX_DEPTH:
                    below._find(member, (*where, name), found)
            elif (id(self), name) not in found and len(found) < _MAX_FOUND:
                stray = UnknownMember(format_pointer([*where, name]), suggest(name, self._names))
                found[id(self), name] = stray

    def _knows(self, name: str) -> bool:
        """Whether the name is known here; if so, what is known below it is worked out."""
        schemas = [rule["properties"][name] for rule in self._rules if name in rule.get("properties", ())]
        schemas += [schema for fits, schema in self._patterns if fits(name)]
        if not schemas and not self._is_open and name not in self._names:
            return False
        schemas = schemas or [rule[word] for rule in self._rules for word in _MAPS if word in rule]
        if len(self._below) < _MAX_NAMES:
            self._below[name] = self._catalogue(schemas)
        return True

    def _catalogue(self, schemas: list[Any]) -> "PropertyCatalogue | None":
        """What is known of a place; None where that is nothing."""
        key = tuple(sorted(map(id, schemas)))
        members = self._catalogues.get(key)
        if members is None:
            members = self._catalogues[key] = PropertyCatalogue(schemas, self._components, self._catalogues)
        return members if members.has_rules else None

    @cached_property
    def has_rules(self) -> bool:
        """Whether any value that stands here could have an unknown member."""
        words = ("properties", "patternProperties", "items", "prefixItems", "propertyNames", *_MAPS)
        return any(word in rule for rule in self._rules for word in words)

    @cached_property
    def _names(self) -> frozenset[str]:
        listed = [rule["propertyNames"].get("enum", ()) for rule in self._rules if _names_are_limited(rule)]
        names = frozenset().union(*(rule.get("properties", ()) for rule in self._rules), *listed)
        # What is asked for is known too, but where nothing else is known that says nothing of the others.
        return names.union(*(rule.get("required", ()) for rule in self._rules)) if names else names

    @cached_property
    def _patterns(self) -> list[tuple[Callable[[str], bool], Any]]:
        written = [one for rule in self._rules for one in rule.get("patternProperties", {}).items()]
        return [
            (jsonschema_rs.Draft202012Validator({"pattern": text}).is_valid, schema)
            for text, schema in written
        ]

    @cached_property
    def _is_open(self) -> bool:
        """Whether names of the caller's own are meant to stand here, or nothing is said of names at all."""
        if any(rule.get(word) not in (None, False) for rule in self._rules for word in _MAPS):
            return True
        choices = [one for rule in self._rules for word in ("anyOf", "oneOf") for one in rule.get(word, ())]
        if any(_takes_any_object(one, self._components) for one in choices):
            return True
        return not self._names and not self._patterns

    @cached_property
    def _items(self) -> "PropertyCatalogue | None":
        schemas = [rule["items"] for rule in self._rules if "items" in rule]
        return self._catalogue(schemas + [one for rule in self._rules for one in rule.get("prefixItems", ())])


def collect_properties(schema: Any, components: Mapping[str, Any]) -> dict[str, Any]:
    """The members that a schema, or one that it refers to or is composed of, describes."""
    rules = _iterate_rules([schema], components)
    return {name: one for rule in rules for name, one in rule.get("properties", {}).items()}


def collect_rules(schemas: Iterable[Any], components: Mapping[str, Any]) -> list[Rule]:
    """All that is said of one place by its schemas: those, what they refer to and are composed of."""
    return list(_iterate_rules(schemas, components))


def _iterate_rules(schemas: Iterable[Any], components: Mapping[str, Any]) -> Iterator[Rule]:
    """The schemas with all that they refer to and are composed of, each once."""
    waiting, seen = list(schemas), set()
    while waiting:
        schema = waiting.pop(0)
        if not isinstance(schema, Mapping) or id(schema) in seen:
            continue
        seen.add(id(schema))
        yield schema
        if "$ref" in schema:
            waiting.append(_target(schema["$ref"], components))
        waiting += [one for word in _ALL for one in schema.get(word, ())]
        waiting += [schema[word] for word in _ONE if word in schema]
        waiting += schema.get("dependentSchemas", {}).values()


def _target(reference: str, components: Mapping[str, Any]) -> Any:
    """The schema that a `$ref` into components/schemas names."""
    return resolve(components, reference.removeprefix("#/components/schemas"))


def _names_are_limited(rule: Rule) -> bool:
    return isinstance(rule.get("propertyNames"), Mapping)


def _takes_any_object(alternative: Any, components: Mapping[str, Any]) -> bool:
    """Whether a schema takes any object: it may be one, and not a word is said of its members."""
    if alternative is True or alternative == {}:
        return True
    rules = list(_iterate_rules([alternative], components))
    words = ("properties", "patternProperties", "propertyNames", *_MAPS)
    return any("object" in rule.get("type", ()) for rule in rules) and not any(
        word in rule for rule in rules for word in words
    )
