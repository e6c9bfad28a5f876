"""The schemas of a contract that apply to a JSON value, found by their JSON pointers."""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.schema import Schema
from mockserver.formats.json_pointer import MISSING, parse_pointer, resolve

Tokens = tuple[str, ...]
_CHOICES: Final = ("anyOf", "oneOf")
_LISTS: Final = (*_CHOICES, "allOf", "prefixItems")
_MAPPINGS: Final = ("properties", "patternProperties")
_SINGLE: Final = ("then", "else", "items", "additionalProperties", "propertyNames")


class SchemaNodes:
    """Finds the schemas of one contract that apply to a value and to its parts."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._root = contract.document.root
        self.node = cache(self._node)
        self.schema = cache(lambda tokens: Schema(self.node(tokens), self._components))
        # a schema compiles a validator when it is first asked, which takes far longer than the question
        self._pattern = cache(lambda pattern: Schema({"pattern": pattern}, {}))
        # names of members come again in each item of a list
        self._member = lru_cache(maxsize=50_000)(self._find_member)

    @property
    def _components(self) -> dict[str, Any]:
        components: dict[str, Any] = self._root.get("components", {}).get("schemas", {})
        return components

    def _node(self, tokens: Tokens) -> Any:
        node = resolve(self._root, tokens)
        assert node is not MISSING, tokens
        return node

    def resolved(self, tokens: Tokens) -> Tokens:
        """The tokens of the object itself, behind its references."""
        while isinstance(self.node(tokens), dict) and "$ref" in self.node(tokens):
            tokens = tuple(parse_pointer(self.node(tokens)["$ref"][1:]))
        return tokens

    def applicable(self, starts: Iterable[Tokens], value: Any) -> list[Tokens]:
        """The schemas that apply to a value as a whole: these, their parts, fitting alternatives."""
        waiting, found = list(starts), dict[Tokens, None]()
        while waiting:
            tokens = waiting.pop(0)
            node = self.node(tokens)
            if tokens in found or not isinstance(node, dict):
                continue
            found[tokens] = None
            if "$ref" in node:
                waiting.append(tuple(parse_pointer(node["$ref"][1:])))
            waiting += [(*tokens, "allOf", str(index)) for index in range(len(node.get("allOf", ())))]
            choices = [
                (*tokens, word, str(index)) for word in _CHOICES for index in range(len(node.get(word, ())))
            ]
            waiting += [one for one in choices if self.schema(one).is_valid(value)]
            if "if" in node:
                branch = "then" if self.schema((*tokens, "if")).is_valid(value) else "else"
                waiting += [(*tokens, branch)] if branch in node else []
        return list(found)

    def parts(self, nodes: Iterable[Tokens], value: Any) -> Iterator[tuple[str | int, Any, list[Tokens]]]:
        """The members or items of a value, each with the schemas that apply to it."""
        nodes = list(nodes)
        if isinstance(value, dict):
            for name, member in value.items():
                yield name, member, [one for node in nodes for one in self._member(node, name)]
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield index, item, [one for node in nodes for one in self._item(node, index)]

    def below(self, tokens: Tokens) -> Iterator[Tokens]:
        """Every schema that a value of this one, or a part of it, can lead to in one step."""
        node = self.node(tokens)
        if "$ref" in node:
            yield tuple(parse_pointer(node["$ref"][1:]))
        for word in _LISTS:
            yield from ((*tokens, word, str(index)) for index in range(len(node.get(word, ()))))
        for word in _MAPPINGS:
            yield from ((*tokens, word, name) for name in node.get(word, ()))
        yield from ((*tokens, word) for word in _SINGLE if word in node)

    def _find_member(self, tokens: Tokens, name: str) -> tuple[Tokens, ...]:
        node = self.node(tokens)
        known = [(*tokens, "properties", name)] if name in node.get("properties", ()) else []
        known += [
            (*tokens, "patternProperties", pattern)
            for pattern in node.get("patternProperties", ())
            if self._pattern(pattern).is_valid(name)
        ]
        if not known and isinstance(node.get("additionalProperties"), dict):
            known = [(*tokens, "additionalProperties")]
        return tuple(known)

    def _item(self, tokens: Tokens, index: int) -> Iterator[Tokens]:
        node = self.node(tokens)
        if index < len(node.get("prefixItems", ())):
            yield (*tokens, "prefixItems", str(index))
        elif isinstance(node.get("items"), dict):
            yield (*tokens, "items")


def json_schema_tokens(content: dict[str, Any], tokens: Tokens) -> Tokens | None:
    """The tokens of the schema of the JSON media type in a `content`; None if there is none."""
    for media_type, media in content.items():
        if "json" in media_type and "schema" in media:
            return (*tokens, media_type, "schema")
    return None
