"""An OpenAPI overlay (1.0) that leaves of a contract only what clients use."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.contract.document import Document
from mockserver.contract.overlay_writing import write_overlay
from mockserver.formats.json_path import format_json_path, quote
from mockserver.formats.json_pointer import format_pointer, parse_pointer
from mockserver.formats.json_pointer import resolve as resolve_pointer
from mockserver.needs.schema_view import Route, routes, unlisted

Place = tuple[str, ...]
"""The tokens that lead to a node of a document."""

_COMBINED: Final = ("allOf", "oneOf", "anyOf")
_NESTED: Final = ("items", "additionalProperties", "if", "then", "else")


def create_overlay(document: Document, tests: Sequence[Mapping[str, Any]], vendor: str) -> dict[str, Any]:
    """The overlay that removes operations that no test calls, and members of replies that none needs.

    A member of a schema that several operations share stays if one of them needs it, or sends it.
    """
    return _Overlay(document, tests, vendor).create()


class _Overlay:
    def __init__(self, document: Document, tests: Sequence[Mapping[str, Any]], vendor: str) -> None:
        self._document = document
        self._vendor = vendor
        self._used: dict[str, set[str]] = {}
        for test in tests:
            for call in test["calls"]:
                if call["vendor"] == vendor:
                    self._used.setdefault(call["operation"], set())
            for member in test["members"]:
                if member["vendor"] == vendor and member["used"]:
                    self._used.setdefault(member["operation"], set()).add(member["pointer"])
        self._keep: set[Place] = set()
        self._drop: dict[Place, Place] = {}

    def create(self) -> dict[str, Any]:
        """The overlay."""
        actions = []
        for operation, route in routes(self._document).items():
            if operation in self._used:
                self._visit_operation(operation, route)
            else:
                actions.append(self._remove(("paths", route.path, route.method.lower())))
        for place in self._drop:
            if place in self._keep:
                continue
            owner, name = self._drop[place], place[-1]
            actions.append(self._remove(place))
            if name in resolve_pointer(self._document.root, owner).get("required", ()):
                actions.append(self._remove((*owner, "required"), f"[?@ == {quote(name)}]"))
        return write_overlay(f"what the tests need of {self._vendor}", actions)

    def _remove(self, place: Place, further: str = "") -> dict[str, Any]:
        return {"target": f"{format_json_path(self._document.root, place)}{further}", "remove": True}

    def _visit_operation(self, operation: str, route: Route) -> None:
        base: Place = ("paths", route.path, route.method.lower())
        for status in route.node.get("responses", {}):
            self._visit_links((*base, "responses", status))
            for place in self._schemas((*base, "responses", status)):
                self._visit(place, (), self._used[operation], set())
        if "requestBody" in route.node:
            for place in self._schemas((*base, "requestBody")):
                self._keep_all(place, set())

    def _visit_links(self, place: Place) -> None:
        """Drop the links of a response that lead to operations that are removed."""
        place, node = self._follow(place)
        for name, link in node.get("links", {}).items():
            target = self._document.resolve(link).get("operationId")
            if target is not None and target not in self._used:
                self._drop[(*place, "links", name)] = (*place, "links")

    def _schemas(self, place: Place) -> Iterator[Place]:
        """The places of the JSON schemas of a response or a request body."""
        place, node = self._follow(place)
        for name, media in node.get("content", {}).items():
            if "json" in name and "schema" in media:
                yield (*place, "content", name, "schema")

    def _follow(self, place: Place) -> tuple[Place, Any]:
        """The place that the references at a place lead to, with its node."""
        node = resolve_pointer(self._document.root, place)
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            place = tuple(parse_pointer(node["$ref"][1:]))
            node = self._document.resolve_reference(node["$ref"])
        return place, node

    def _visit(self, place: Place, tokens: tuple[str, ...], used: set[str], seen: set[Place]) -> None:
        """Keep or drop the members at a place, and below those that are kept."""
        place, node = self._follow(place)
        if not isinstance(node, dict) or (*place, *tokens) in seen:
            return
        seen.add((*place, *tokens))
        for below in _parts(place, node):
            self._visit(below, tokens, used, seen)
        if "items" in node and any(_leads_to((*tokens, "*"), one) for one in used):
            self._visit((*place, "items"), (*tokens, "*"), used, seen)
        for name in node.get("properties", {}):
            member = (*place, "properties", name)
            if any(_leads_to((*tokens, name), one) for one in used):
                self._keep.add(member)
                self._visit(member, (*tokens, name), used, seen)
            else:
                self._drop[member] = place
        for name in _next_names(tokens, used) - {*node.get("properties", {})}:
            for way, _schema in unlisted(node, name):
                self._visit((*place, *way), (*tokens, name), used, seen)

    def _keep_all(self, place: Place, seen: set[Place]) -> None:
        """Keep all members at a place and below."""
        place, node = self._follow(place)
        if not isinstance(node, dict) or place in seen:
            return
        seen.add(place)
        members = [(*place, "properties", name) for name in node.get("properties", {})]
        self._keep.update(members)
        nested = [(*place, word) for word in _NESTED if isinstance(node.get(word), dict)]
        nested += [(*place, "patternProperties", one) for one in node.get("patternProperties", {})]
        for below in [*members, *nested, *_parts(place, node)]:
            self._keep_all(below, seen)


def _parts(place: Place, node: Mapping[str, Any]) -> list[Place]:
    """The places of the schemas that a schema is combined of."""
    return [(*place, word, str(index)) for word in _COMBINED for index in range(len(node.get(word, ())))]


def _next_names(tokens: tuple[str, ...], used: set[str]) -> set[str]:
    """The members of a value that lead to those that are needed."""
    ways = [parse_pointer(one) for one in used]
    return {way[len(tokens)] for way in ways if len(way) > len(tokens) and (*way[: len(tokens)],) == tokens}


def _leads_to(tokens: tuple[str, ...], pointer: str) -> bool:
    return f"{pointer}/".startswith(f"{format_pointer(tokens)}/")
