"""Finds members that a schema does not describe, at any depth: they are tolerated, but mostly misspelt.

Several schemas can apply to one location of a value (`$ref`, `allOf`, `anyOf` …); a member that any of them
describes is known. The catalogue of a location is built when a value first reaches it, since schemas can be
recursive.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

import jsonschema_rs

from mockserver.formats.bounded_text import MAX_KEY_LENGTH
from mockserver.formats.json_pointer import format_pointer, resolve
from mockserver.formats.suggestions import suggest

_MAX_FOUND: Final = 20
_MAX_NAMES: Final = 1_000  # callers choose the names that match a pattern, so the cache of names is bounded
_MAX_LOOKUPS: Final = 10_000  # of names that are not in that cache; each takes microseconds
_MAX_DEPTH: Final = 64
_CONTAINERS: Final = frozenset({dict, list})
_ALL: Final = ("allOf", "anyOf", "oneOf")
_ONE: Final = ("if", "then", "else")
_PATTERNS: Final = "patternProperties"
_MAPS: Final = ("additionalProperties", "unevaluatedProperties")

Rule = Mapping[str, Any]


class UnknownMember(NamedTuple):
    """A member that no schema of its location describes, and the most similar one that is described."""

    pointer: str
    nearest: str | None


class _Search:
    """The unknown members found so far in one value, and how many names were looked up."""

    __slots__ = ("found", "lookups")

    def __init__(self) -> None:
        self.found: dict[tuple[int, str], UnknownMember] = {}
        self.lookups = 0

    @property
    def is_full(self) -> bool:
        """Whether no more are reported."""
        return len(self.found) >= _MAX_FOUND


class PropertyCatalogue:
    """The members that the schemas of one location describe, for an object or the items of an array."""

    def __init__(
        self,
        schemas: Iterable[Any],
        components: Mapping[str, Any],
        catalogues: "dict[tuple[int, ...], PropertyCatalogue] | None" = None,
    ) -> None:
        """`catalogues` are those of the same tree that exist already, by the ids of their schemas."""
        self._components = components
        self._catalogues = {} if catalogues is None else catalogues
        self._rules = list(_iterate_rules(schemas, components))
        self._below: dict[str, PropertyCatalogue | None] = {}

    def find_unknown(self, value: Any) -> list[UnknownMember]:
        """The unknown members of a value, each name once per location; at most 20.

        Beyond 10,000 different names, further ones count as known.
        """
        search = _Search()
        self._find(value, (), search)
        return list(search.found.values())

    def _find(self, value: Any, where: tuple[Any, ...], search: "_Search") -> None:
        if type(value) is list:
            items = self._items
            for number, item in enumerate(value) if items else ():
                if search.is_full:
                    return
                if items and type(item) in _CONTAINERS and len(where) < _MAX_DEPTH:
                    items._find(item, (*where, number), search)
            return
        known = self._below
        for name, member in value.items():
            if name in known or ((id(self), name) not in search.found and self._is_known(name, search)):
                below = known.get(name)
                if below is not None and type(member) in _CONTAINERS and len(where) < _MAX_DEPTH:
                    below._find(member, (*where, name), search)
            elif (id(self), name) not in search.found:
                pointer = format_pointer([*where, name])
                search.found[id(self), name] = UnknownMember(pointer, suggest(name, self._names))
            if search.is_full:
                return

    def _is_known(self, name: str, search: "_Search") -> bool:
        search.lookups += 1
        return search.lookups > _MAX_LOOKUPS or self._knows(name)

    def _knows(self, name: str) -> bool:
        """Whether the name is known here; if so, its catalogue is built."""
        schemas = [rule["properties"][name] for rule in self._rules if name in rule.get("properties", ())]
        if self._patterns and self._fits_a_pattern(name):
            schemas += [schema for fits, schema in self._patterns if fits(name)]
        if not schemas and not self._is_open and name not in self._names:
            return False
        schemas = schemas or [rule[word] for rule in self._rules for word in _MAPS if word in rule]
        if len(self._below) < _MAX_NAMES and len(name) <= MAX_KEY_LENGTH:
            self._below[name] = self._catalogue(schemas)
        return True

    def _catalogue(self, schemas: list[Any]) -> "PropertyCatalogue | None":
        """The catalogue of a location with these schemas; None if they describe no members."""
        key = tuple(sorted(map(id, schemas)))
        found = self._catalogues.get(key)
        if found is None:
            found = self._catalogues[key] = PropertyCatalogue(schemas, self._components, self._catalogues)
        return found if found.has_rules else None

    @cached_property
    def has_rules(self) -> bool:
        """Whether any value at this location could have an unknown member."""
        words = ("properties", _PATTERNS, "items", "prefixItems", "propertyNames", *_MAPS)
        return any(word in rule for rule in self._rules for word in words)

    @cached_property
    def _names(self) -> frozenset[str]:
        listed = [rule["propertyNames"].get("enum", ()) for rule in self._rules if _names_are_limited(rule)]
        names = frozenset().union(*(rule.get("properties", ()) for rule in self._rules), *listed)
        # Required names are known too, but alone they do not make other names unknown.
        return names.union(*(rule.get("required", ()) for rule in self._rules)) if names else names

    @cached_property
    def _patterns(self) -> list[tuple[Callable[[str], bool], Any]]:
        patterns = [one for rule in self._rules for one in rule.get(_PATTERNS, {}).items()]
        return [(_fits({"pattern": text}), schema) for text, schema in patterns]

    @cached_property
    def _fits_a_pattern(self) -> Callable[[str], bool]:
        """Whether a name fits any of the patterns: most do not, and this asks once, not once for each."""
        return _fits({"anyOf": [{"pattern": one} for rule in self._rules for one in rule.get(_PATTERNS, ())]})

    @cached_property
    def _is_open(self) -> bool:
        """Whether callers may choose names here, or the schemas do not restrict names at all."""
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
    """The `properties` of a schema, including those that it refers to or is composed of."""
    rules = _iterate_rules([schema], components)
    return {name: one for rule in rules for name, one in rule.get("properties", {}).items()}


def collect_rules(schemas: Iterable[Any], components: Mapping[str, Any]) -> list[Rule]:
    """All schemas that apply to one location: these, and those that they refer to or are composed of."""
    return list(_iterate_rules(schemas, components))


def collect_types(rules: Iterable[Rule]) -> frozenset[str]:
    """The JSON types that the schemas of one location name."""
    named = [rule.get("type", ()) for rule in rules]
    return frozenset(kind for kinds in named for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _iterate_rules(schemas: Iterable[Any], components: Mapping[str, Any]) -> Iterator[Rule]:
    """The schemas and those that they refer to or are composed of, each once."""
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


def _fits(schema: dict[str, Any]) -> Callable[[str], bool]:
    """Whether a text is valid."""
    return jsonschema_rs.Draft202012Validator(schema).is_valid


def _target(reference: str, components: Mapping[str, Any]) -> Any:
    """The schema that a `$ref` into components/schemas names."""
    return resolve(components, reference.removeprefix("#/components/schemas"))


def _names_are_limited(rule: Rule) -> bool:
    return isinstance(rule.get("propertyNames"), Mapping)


def _takes_any_object(alternative: Any, components: Mapping[str, Any]) -> bool:
    """Whether a schema accepts any object: `type` allows one, and no keyword restricts its members."""
    if alternative is True or alternative == {}:
        return True
    rules = list(_iterate_rules([alternative], components))
    words = ("properties", _PATTERNS, "propertyNames", *_MAPS)
    return any("object" in rule.get("type", ()) for rule in rules) and not any(
        word in rule for rule in rules for word in words
    )
