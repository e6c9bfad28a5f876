"""The sources of a contract's rules, and the inferred rules that an exchange depends on."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import orjson

from mockserver.call import Exchange
from mockserver.contract.document import Document
from mockserver.contract.operation import Operation
from mockserver.contract.schema import Schema
from mockserver.formats.json_pointer import MISSING, format_pointer, parse_pointer, resolve

SOURCES: Final = ("seed", "docs", "observed", "inferred")
"""How a rule is known: from the documents that the project was asked for, the vendor's documentation,
recorded behaviour, or not at all."""
INFERRED: Final = "inferred"
_MAX_DEPTH: Final = 64
_MAX_LINE_LENGTH: Final = 120
_MAX_CACHED_MEMBERS: Final = 4096
_CHOICES: Final = ("anyOf", "oneOf")
_SHARED: Final = frozenset({("components", "responses"), ("components", "requestBodies")})

Tokens = tuple[str, ...]


class SpecNode(NamedTuple):
    """A value within the document, with the tokens of its JSON pointer."""

    tokens: Tokens
    value: Any

    def child(self, *tokens: str) -> "SpecNode":
        """The node below these members; its value is `{}` if a member is missing."""
        value = self.value
        for token in tokens:
            found = resolve(value, [token])
            value = {} if found is MISSING else found
        return SpecNode(self.tokens + tokens, value)


class Source(NamedTuple):
    """How a rule is known (one of `SOURCES`), the object whose `x-source` declares it, and its evidence.

    `declared_at` is None if nothing declares it, () if the root does. `keys` are keys of `x-sources`.
    """

    name: str
    declared_at: Tokens | None
    keys: tuple[str, ...] = ()


_UNDECLARED: Final = Source(INFERRED, None)


class _Reach(NamedTuple):
    """The parts of a schema, as tokens, through which a value can depend on inferred rules.

    `rules` are all reachable inferred rules, `rule` is that of the schema itself. The schemas of `whole` and
    `choices` apply to the whole value; `additional` is whether members outside `properties` can depend on a
    rule.
    """

    rules: frozenset[Tokens] = frozenset()
    rule: Tokens | None = None
    whole: tuple[Tokens, ...] = ()
    choices: tuple[Tokens, ...] = ()
    members: tuple[tuple[str, Tokens], ...] = ()
    additional: bool = False
    items: tuple[Tokens, ...] = ()


class Provenance:
    """The sources of one contract's rules.

    A rule without an `x-source` has the source of the enclosing object; if none declares one, it is inferred.
    """

    def __init__(self, document: Document, operations: Mapping[str, Operation]) -> None:
        self._document = document
        self._operations = operations
        self._schemas = document.root.get("components", {}).get("schemas", {})
        self.source_of: Callable[[tuple[str, ...]], Source] = cache(self._source_of)
        self._rule = cache(self._inferred_rule)
        self._below = cache(lambda tokens: (*self._find_below(tokens),))
        self._reach = cache(self._find_reach)
        self._reachable = cache(self._find_reachable)
        # Callers choose the names of members, so this cache is bounded.
        self._additional = lru_cache(_MAX_CACHED_MEMBERS)(self._find_additional)
        self._schema_at = cache(lambda tokens: Schema(self._node_at(tokens).value, self._schemas))

    def _source_of(self, tokens: Tokens) -> Source:
        """The source of the object at these tokens, declared by it or by the nearest enclosing object."""
        node: Any = self._document.root
        # Only `inferred` may hold for a whole document: another source would vouch for rules that were
        # never looked up.
        source = Source(INFERRED, ()) if node.get("x-source") == INFERRED else _UNDECLARED
        for depth, token in enumerate(tokens, 1):
            node = resolve(node, [token])
            if isinstance(node, dict) and "x-source" in node:
                source = Source(node["x-source"], tokens[:depth], source_keys(node))
        return source

    def evidence(self, source: Source) -> list[dict[str, Any]]:
        """The entries of `x-sources` that a source refers to, each with its key."""
        entries = self._document.root.get("x-sources", {})
        return [{"key": key, **entries.get(key, {})} for key in source.keys]

    def describe(self, where: str) -> str:
        """The summary or description of the rule at a JSON pointer, in one line."""
        node = self._node_at(tuple(parse_pointer(where))).value
        words = (node.get("summary") or node.get("description") or "") if isinstance(node, dict) else ""
        line = " ".join(words.split())
        return line if len(line) <= _MAX_LINE_LENGTH else line[:_MAX_LINE_LENGTH] + " …"

    def inferred_rules(self, exchange: Exchange) -> list[str]:
        """The JSON pointers of the inferred rules that the exchange depends on, each once.

        A rule is the object that declares `x-source: inferred`: an operation, a problem, a schema, a
        property, or "" for a document that is inferred as a whole. Where nothing declares a source, the rule
        is the enclosing operation, path parameter, header or component, not each property of a schema. A
        shared response or request body without an `x-source` counts only for the rules written inside it,
        not if it merely refers to schemas and problems.
        """
        found: dict[Tokens, None] = {}
        operation = self._operations.get(exchange["operation"] or "")
        if exchange["problem"]:
            self._add_rule(found, self._node_at(("components", "examples", exchange["problem"])))
        if operation is not None:
            self._add_call_rules(found, operation, exchange["call"])
            self._add_reply_rules(found, operation, exchange["reply"])
        return [format_pointer([*tokens]) for tokens in found]

    def _add_call_rules(
        self, found: dict[Tokens, None], operation: Operation, call: Mapping[str, Any]
    ) -> None:
        item = self._node_at(("paths", operation.path))
        here = item.child(operation.method.lower())
        self._add_rule(found, here)
        if "x-resource" in here.value:
            self._add_rule(found, here.child("x-resource"))
        sent = {*parse_qs(urlsplit(call["url"]).query, keep_blank_values=True), *call["headers"]}
        for whole in (item, here):
            for index in range(len(whole.value.get("parameters", ()))):
                node = self._resolve(whole.child("parameters", str(index)))
                if node.value["in"] == "path" or {node.value["name"], node.value["name"].lower()} & sent:
                    self._add_rule(found, node)
        if call["body"] and "requestBody" in here.value:
            body = self._resolve(here.child("requestBody"))
            self._add_rule(found, body)
            self._add_content_rules(found, body, call["body"])

    def _add_reply_rules(
        self, found: dict[Tokens, None], operation: Operation, reply: Mapping[str, Any]
    ) -> None:
        here = self._node_at(("paths", operation.path, operation.method.lower(), "responses"))
        status = str(reply["status"])
        declared = next((one for one in (status, f"{status[0]}XX", "default") if one in here.value), None)
        if declared is None:
            return
        response = self._resolve(here.child(declared))
        self._add_rule(found, response)
        sent = {name.lower() for name in reply["headers"]}
        for name in response.value.get("headers", {}):
            if name.lower() in sent:
                self._add_rule(found, self._resolve(response.child("headers", name)))
        self._add_content_rules(found, response, reply["body"])

    def _add_content_rules(self, found: dict[Tokens, None], node: SpecNode, text: str) -> None:
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            return
        for media_type in list(node.value.get("content", {}))[:1]:
            self._add_value_rules(found, (*node.tokens, "content", media_type, "schema"), value, 0)

    def _add_value_rules(self, found: dict[Tokens, None], tokens: Tokens, value: Any, depth: int) -> None:
        """Adds the inferred rules that a value depends on; the value fits the schema at these tokens."""
        reach = self._reach(tokens)
        if depth > _MAX_DEPTH or reach.rules <= found.keys():
            return
        if reach.rule is not None:
            found.setdefault(reach.rule)
        for whole in reach.whole:
            self._add_value_rules(found, whole, value, depth + 1)
        for choice in reach.choices:
            if not self._reach(choice).rules <= found.keys() and self._schema_at(choice).is_valid(value):
                self._add_value_rules(found, choice, value, depth + 1)
        for below, part in self._parts(reach, tokens, value):
            self._add_value_rules(found, below, part, depth + 1)

    def _parts(self, reach: _Reach, tokens: Tokens, value: Any) -> Iterator[tuple[Tokens, Any]]:
        """The parts of a value, each with a schema through which it can depend on an inferred rule."""
        if isinstance(value, dict):
            for name, below in reach.members:
                if name in value:
                    yield below, value[name]
            if reach.additional:
                for name, part in value.items():
                    yield from ((below, part) for below in self._additional(tokens, name))
        elif isinstance(value, list):
            for below in reach.items:
                yield from ((below, part) for part in value)

    def _find_reach(self, tokens: Tokens) -> _Reach:
        parts: dict[str, list[Tokens]] = {}
        for word, below in self._below(tokens):
            if self._reachable(below):
                parts.setdefault(word, []).append(below)
        return _Reach(
            rules=self._reachable(tokens),
            rule=self._rule(tokens),
            whole=(*parts.get("$ref", ()), *parts.get("allOf", ())),
            choices=tuple(one for word in _CHOICES for one in parts.get(word, ())),
            members=tuple((one[-1], one) for one in parts.get("properties", ())),
            additional=not parts.keys().isdisjoint({"patternProperties", "additionalProperties"}),
            items=tuple(parts.get("items", ())),
        )

    def _find_additional(self, tokens: Tokens, name: str) -> tuple[Tokens, ...]:
        """The schemas of a member that the `properties` of the schema at these tokens do not name."""
        node = self._node_at(tokens).value
        if name in node.get("properties", ()):
            return ()
        fitting = [one for one in node.get("patternProperties", ()) if re.search(one, name)]
        if not fitting and "additionalProperties" in node:
            return ((*tokens, "additionalProperties"),)
        return tuple((*tokens, "patternProperties", one) for one in fitting)

    def _add_rule(self, found: dict[Tokens, None], node: SpecNode) -> None:
        rule = self._rule(node.tokens)
        if rule is not None:
            found.setdefault(rule)

    def _inferred_rule(self, tokens: Tokens) -> Tokens | None:
        """The inferred rule that the object at these tokens belongs to; None if it is known or not a rule."""
        source = self.source_of(tokens)
        if source.name != INFERRED:
            return None
        if source.declared_at is not None:
            return source.declared_at
        node = self._node_at(tokens).value
        if not isinstance(node, dict):
            return None
        container = len(tokens) == 3 and tokens[:2] in _SHARED
        # References and empty schemas state no rule; the target of a reference declares a source itself.
        return None if container or not node or "$ref" in node else _enclosing_rule(tokens)

    def _find_reachable(self, tokens: Tokens) -> frozenset[Tokens]:
        """The inferred rules that a value at this schema could depend on."""
        waiting, seen, rules = [tokens], {tokens}, set()
        while waiting:
            here = waiting.pop()
            rule = self._rule(here)
            if rule is not None:
                rules.add(rule)
            below = [one for _word, one in self._below(here) if one not in seen]
            seen.update(below)
            waiting += below
        return frozenset(rules)

    def _find_below(self, tokens: Tokens) -> Iterator[tuple[str, Tokens]]:
        """The schemas that a schema refers to or contains, each with its keyword."""
        node = self._node_at(tokens).value
        if not isinstance(node, dict):
            return
        if "$ref" in node:
            yield "$ref", tuple(parse_pointer(node["$ref"][1:]))
        for word in ("allOf", *_CHOICES, "prefixItems"):
            yield from ((word, (*tokens, word, str(index))) for index in range(len(node.get(word, ()))))
        for word in ("properties", "patternProperties"):
            yield from ((word, (*tokens, word, name)) for name in node.get(word, ()))
        yield from ((word, (*tokens, word)) for word in ("items", "additionalProperties") if word in node)

    def _node_at(self, tokens: Tokens) -> SpecNode:
        return SpecNode((), self._document.root).child(*tokens)

    def _resolve(self, node: SpecNode) -> SpecNode:
        while "$ref" in node.value:
            node = self._node_at(tuple(parse_pointer(node.value["$ref"][1:])))
        return node


def source_keys(node: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of `x-sources` that an object's `x-source-at` names."""
    keys = node.get("x-source-at")
    if isinstance(keys, str):
        return (keys,)
    return tuple(keys) if isinstance(keys, list) else ()


def _enclosing_rule(tokens: Tokens) -> Tokens:
    """The operation, path parameter, header or component that encloses the object at these tokens."""
    if tokens[:1] == ("paths",):
        return tokens[:4] if tokens[2:3] == ("parameters",) else tokens[:3]
    if tokens[:2] in _SHARED and tokens[3:4] == ("headers",):
        return tokens[:5]
    return tokens[:3]
