"""The view of an OpenAPI document on one member of the replies of an operation."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.contract.document import Document
from mockserver.formats.json_pointer import parse_pointer

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_COMBINED: Final = ("allOf", "oneOf", "anyOf")
_MAX_DEPTH: Final = 40


@dataclass(frozen=True)
class Route:
    """An operation of a document."""

    method: str
    path: str
    item: Mapping[str, Any]
    node: Mapping[str, Any]


@dataclass(frozen=True)
class View:
    """The types of a member, without null; whether it may be null; its values; whether it is always there.

    `types` and `values` are empty where the document leaves them open.
    """

    types: frozenset[str] = frozenset()
    nullable: bool = False
    values: frozenset[str] = frozenset()
    required: bool = False


@dataclass
class _Found:
    """The schemas of a member, gathered from all alternatives."""

    schemas: list[Any] = field(default_factory=list)
    required: bool = True


def routes(document: Document) -> dict[str, Route]:
    """The operations by operationId, or by method and path if they have none."""
    return {
        node.get("operationId", f"{method.upper()} {path}"): Route(method.upper(), path, item, node)
        for path, item in document.root.get("paths", {}).items()
        for method, node in item.items()
        if method in _METHODS
    }


def reply_schemas(document: Document, route: Route, statuses: Iterable[int]) -> list[Any]:
    """The JSON schemas of the replies with these statuses."""
    found = []
    for status in {*statuses}:
        responses = {str(name): one for name, one in route.node.get("responses", {}).items()}
        node = responses.get(str(status), responses.get(f"{status // 100}XX", responses.get("default")))
        found += json_schemas(document, node)
    return found


def json_schemas(document: Document, node: Any) -> list[Any]:
    """The schemas of the JSON media types of a response or request body."""
    content = (document.resolve(node) or {}).get("content", {})
    return [media["schema"] for name, media in content.items() if "json" in name and "schema" in media]


def view(document: Document, schemas: Sequence[Any], pointer: str) -> View | None:
    """The view of the schemas on the member; None if none of them has it."""
    found = _Found(list(schemas))
    for token in parse_pointer(pointer):
        found = _step(document, found.schemas, token)
        if not found.schemas:
            return None
    plain = [rule for schema in found.schemas for rule in flatten(document, schema)]
    types = {one for rule in plain for one in _types(rule)}
    values = [one for rule in plain for one in _values(rule)]
    nullable = "null" in types or "null" in values or any(rule.get("nullable") is True for rule in plain)
    named = frozenset(one for one in values if one != "null")
    return View(frozenset(types - {"null"}), nullable, named, found.required)


def flatten(document: Document, schema: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The schema and those that it is combined of, with references resolved."""
    resolved = document.resolve(schema)
    if not isinstance(resolved, dict) or depth > _MAX_DEPTH:
        return
    yield resolved
    for word in _COMBINED:
        for one in resolved.get(word, ()):
            yield from flatten(document, one, depth + 1)


def _step(document: Document, schemas: Sequence[Any], name: str) -> _Found:
    """The schemas of a member, or of the items (`*`), of values of these schemas."""
    found = _Found()
    for schema in schemas:
        rules = list(flatten(document, schema))
        holders = [rule for rule in rules if name in rule.get("properties", {})]
        found.schemas += [rule["properties"][name] for rule in holders]
        if name == "*":
            found.schemas += [rule["items"] for rule in rules if rule.get("items") not in (None, False)]
            continue
        if not any(name in rule.get("required", ()) for rule in rules):
            found.required = False
        if not holders:
            found.schemas += [one for rule in rules for _way, one in unlisted(rule, name)]
    return found


def unlisted(rule: Mapping[str, Any], name: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The schemas of a member that is not in `properties`, each with the way there."""
    for pattern, schema in rule.get("patternProperties", {}).items():
        if _fits(pattern, name):
            yield ("patternProperties", pattern), schema
    if isinstance(rule.get("additionalProperties"), dict):
        yield ("additionalProperties",), rule["additionalProperties"]


def _fits(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:  # of another dialect
        return False


def _types(rule: Mapping[str, Any]) -> list[str]:
    named = rule.get("type", [])
    return [named] if isinstance(named, str) else list(named)


def _values(rule: Mapping[str, Any]) -> list[str]:
    values = rule.get("enum", [rule["const"]] if "const" in rule else [])
    return ["null" if value is None else str(value) for value in values]
