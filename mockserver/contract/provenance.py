"""Where the rules of a contract are known from, and which of them an exchange leans on that are inferred."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import orjson

from mockserver.contract.document import Document
from mockserver.contract.operation import Operation
from mockserver.contract.schema import Schema
from mockserver.formats.json_pointer import format_pointer, parse_pointer

INFERRED: Final = "inferred"
_DEEPEST: Final = 64
_LONGEST: Final = 120
_CHOICES: Final = ("anyOf", "oneOf")

Exchange = Mapping[str, Any]
Tokens = tuple[str, ...]


class Place(NamedTuple):
    """An object of the document, and where it stands."""

    tokens: Tokens
    node: Any

    def below(self, *tokens: str) -> "Place":
        """What stands at a member, nothing where there is none."""
        node = self.node
        for token in tokens:
            node = node[int(token)] if isinstance(node, list) else node.get(token, {})
        return Place(self.tokens + tokens, node)


class Provenance:
    """The sources of one contract. A rule that says nothing of its source has that of what encloses it."""

    def __init__(self, document: Document, operations: Mapping[str, Operation]) -> None:
        self._document = document
        self._operations = operations
        self._schemas = document.root.get("components", {}).get("schemas", {})
        self.source_of = cache(self._source_of)
        self._leading_to = cache(self._find_leading_to)
        self._schema_at = cache(lambda tokens: Schema(self._at(tokens).node, self._schemas))

    def _source_of(self, tokens: Tokens) -> tuple[str | None, Tokens]:
        """The source of what stands there, and where that is said."""
        node: Any = self._document.root
        source: str | None = node.get("x-source")
        home: Tokens = ()
        for depth, token in enumerate(tokens, 1):
            node = node[int(token)] if isinstance(node, list) else node.get(token)
            if isinstance(node, dict) and "x-source" in node:
                source, home = node["x-source"], tokens[:depth]
        return source, home

    def what(self, where: str) -> str:
        """A line about the rule at a JSON pointer, in the contract's words."""
        node = self._at(tuple(parse_pointer(where))).node
        words = (node.get("summary") or node.get("description") or "") if isinstance(node, dict) else ""
        line = " ".join(words.split())
        return line if len(line) <= _LONGEST else line[:_LONGEST] + " …"

    def inferred(self, exchange: Exchange) -> list[str]:
        """The JSON pointers of what this exchange leans on and nobody has documented or seen.

        Each is where `x-source: inferred` stands: for the operation, what was sent, or what was answered.
        """
        found: dict[Tokens, None] = {}
        operation = self._operations.get(exchange["operation"] or "")
        if exchange["problem"]:
            self._lean(found, self._at(("components", "examples", exchange["problem"])))
        if operation is not None:
            self._of_call(found, operation, exchange["call"])
            self._of_reply(found, operation, exchange["reply"])
        return [format_pointer([*tokens]) for tokens in found]

    def _of_call(self, found: dict[Tokens, None], operation: Operation, call: Mapping[str, Any]) -> None:
        item = self._at(("paths", operation.path))
        here = item.below(operation.method.lower())
        self._lean(found, here)
        sent = {*parse_qs(urlsplit(call["url"]).query, keep_blank_values=True), *call["headers"]}
        for whole in (item, here):
            for index in range(len(whole.node.get("parameters", ()))):
                place = self._followed(whole.below("parameters", str(index)))
                if place.node["in"] == "path" or {place.node["name"], place.node["name"].lower()} & sent:
                    self._lean(found, place)
        if call["body"] and "requestBody" in here.node:
            body = self._followed(here.below("requestBody"))
            self._lean(found, body)
            self._of_content(found, body, call["body"])

    def _of_reply(self, found: dict[Tokens, None], operation: Operation, reply: Mapping[str, Any]) -> None:
        here = self._at(("paths", operation.path, operation.method.lower(), "responses"))
        status = str(reply["status"])
        declared = next((one for one in (status, f"{status[0]}XX", "default") if one in here.node), None)
        if declared is None:
            return
        response = self._followed(here.below(declared))
        self._lean(found, response)
        sent = {name.lower() for name in reply["headers"]}
        for name in response.node.get("headers", {}):
            if name.lower() in sent:
                self._lean(found, self._followed(response.below("headers", name)))
        self._of_content(found, response, reply["body"])

    def _of_content(self, found: dict[Tokens, None], place: Place, text: str) -> None:
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            return
        for media_type in list(place.node.get("content", {}))[:1]:
            self._of_value(found, place.below("content", media_type, "schema"), value, 0)

    def _of_value(self, found: dict[Tokens, None], place: Place, value: Any, depth: int) -> None:
        """What a value that stands at a schema leans on."""
        if depth > _DEEPEST or not isinstance(place.node, dict):
            return
        if self._leading_to(place.tokens) <= found.keys():
            return
        self._lean(found, place)
        node = place.node
        if "$ref" in node:
            self._of_value(found, self._at(tuple(parse_pointer(node["$ref"][1:]))), value, depth + 1)
        for index in range(len(node.get("allOf", ()))):
            self._of_value(found, place.below("allOf", str(index)), value, depth + 1)
        for word in _CHOICES:
            for index in range(len(node.get(word, ()))):
                choice = place.below(word, str(index))
                new = not self._leading_to(choice.tokens) <= found.keys()
                if new and self._schema_at(choice.tokens).is_valid(value):
                    self._of_value(found, choice, value, depth + 1)
        for below, part in _parts(place, value):
            self._of_value(found, below, part, depth + 1)

    def _lean(self, found: dict[Tokens, None], place: Place) -> None:
        source, home = self.source_of(place.tokens)
        if source == INFERRED:
            found.setdefault(home)

    def _find_leading_to(self, tokens: Tokens) -> frozenset[Tokens]:
        """Where it is said that something is inferred which a value at this schema could lean on."""
        waiting, seen, homes = [self._at(tokens)], {tokens}, set()
        while waiting:
            place = waiting.pop()
            source, home = self.source_of(place.tokens)
            if source == INFERRED:
                homes.add(home)
            for below in self._below(place):
                if below.tokens not in seen and isinstance(below.node, dict):
                    seen.add(below.tokens)
                    waiting.append(below)
        return frozenset(homes)

    def _below(self, place: Place) -> Iterator[Place]:
        node = place.node
        if "$ref" in node:
            yield self._at(tuple(parse_pointer(node["$ref"][1:])))
        for word in ("allOf", *_CHOICES, "prefixItems"):
            yield from (place.below(word, str(index)) for index in range(len(node.get(word, ()))))
        for word in ("properties", "patternProperties"):
            yield from (place.below(word, name) for name in node.get(word, ()))
        yield from (place.below(word) for word in ("items", "additionalProperties") if word in node)

    def _at(self, tokens: Tokens) -> Place:
        return Place((), self._document.root).below(*tokens)

    def _followed(self, place: Place) -> Place:
        while "$ref" in place.node:
            place = self._at(tuple(parse_pointer(place.node["$ref"][1:])))
        return place


def _parts(place: Place, value: Any) -> Iterator[tuple[Place, Any]]:
    """What stands in a value, with what its schema says of it."""
    node = place.node
    if isinstance(value, dict):
        known = node.get("properties", {})
        for name, part in value.items():
            if name in known:
                yield place.below("properties", name), part
                continue
            fitting = [one for one in node.get("patternProperties", ()) if re.search(one, name)]
            yield from ((place.below("patternProperties", one), part) for one in fitting)
            if not fitting and isinstance(node.get("additionalProperties"), dict):
                yield place.below("additionalProperties"), part
    elif isinstance(value, list) and isinstance(node.get("items"), dict):
        yield from ((place.below("items"), part) for part in value)
