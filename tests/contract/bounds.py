"""Values just inside and just outside of each bound of a schema, within a value that fits otherwise."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from mockserver.contract.coercion import CoercionSpec
from mockserver.contract.schema import Schema
from mockserver.formats.json_pointer import format_pointer
from tests.contract.schema_nodes import SchemaNodes, Tokens

_FORMATS: Final = {
    "date": ("2024-02-29", "2024-02-30"),
    "date-time": ("2024-02-29T12:00:00Z", "2024-02-29 noon"),
    "uuid": ("2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638g"),
    "email": ("anna@example.com", "anna.example.com"),
    "uri": ("https://example.com/x", "example com"),
}
_TEXTS: Final = (
    "a", "A", "1", "x1", "ab", "AB", "SE", "12", "a-b", "abc", "123", "1h", "10s", "a@b.se", "+46701234567",
    "2024-02-29", "12:30", "00:00", "2024-02-29T12:00:00Z", "0" * 24, "f" * 24, "a" * 32, "0" * 40, "0" * 64,
    "https://example.com/x", "str::email", "a.b", "/a", "*", "/", "a/b", "1.5", "-1", "PRK-1", "text/csv",
)  # fmt: skip
_WRONG: Final = ("", " ", "!", "\n", "é", "a b", "a" * 300, "0", "/", "\u0000")
_MAX_DEPTH: Final = 8
NOT_A_NAME: Final = "no_member_of_this_name"


class Bound(NamedTuple):
    """One keyword of one schema (by its tokens)."""

    tokens: Tokens
    keyword: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{format_pointer([*self.tokens])} {self.keyword} {self.detail}".strip()


class Case(NamedTuple):
    """A bound with a whole value just inside of it and one just outside; None if there is none."""

    bound: Bound
    inside: Any
    outside: Any


NOTHING: Final = object()
"""In place of a value that could not be drawn."""


class Sampler:
    """Draws the smallest fitting values and the cases of each bound of one contract's schemas.

    With a coercion, a value is outside of a bound only if it is as the vendor's mapper reads it, too.
    Bounds that are known have no case.
    """

    def __init__(
        self, nodes: SchemaNodes, coercion: CoercionSpec | None = None, known: Collection[str] = ()
    ) -> None:
        self._nodes = nodes
        self._known = known
        self._coercion = coercion
        self.sample = cache(self._sample)
        """A value that fits a schema, its example where it has one."""

    def _sample(self, tokens: Tokens, depth: int = 0) -> Any:
        node = self._nodes.node(tokens)
        if not isinstance(node, dict):
            return "a"
        for value in self._candidates(tokens, node, depth):
            if self._fits(tokens, value):
                return value
        return NOTHING

    def _fits(self, tokens: Tokens, value: Any) -> bool:
        return not _has_gap(value) and self._nodes.schema(tokens).is_valid(value)

    def _is_wrong(self, tokens: Tokens, value: Any) -> bool:
        schema = self._nodes.schema(tokens)
        if _has_gap(value) or schema.is_valid(value):
            return False
        return self._coercion is None or not schema.is_valid(self._coercion.apply(value, schema.place))

    def _candidates(self, tokens: Tokens, node: Mapping[str, Any], depth: int) -> Iterator[Any]:
        yield from [node["example"]] if "example" in node else node.get("examples", [])
        yield from [node["const"]] if "const" in node else node.get("enum", [])
        if depth > _MAX_DEPTH:
            return
        if "$ref" in node:
            yield self.sample(self._nodes.resolved(tokens), depth + 1)
        for word in ("oneOf", "anyOf", "allOf"):
            for index in range(len(node.get(word, ()))):
                yield self.sample((*tokens, word, str(index)), depth + 1)
        if "allOf" in node:
            parts = [
                self.sample((*tokens, "allOf", str(one)), depth + 1) for one in range(len(node["allOf"]))
            ]
            objects = [one for one in [*parts, self._object(tokens, node, depth)] if isinstance(one, dict)]
            yield {name: value for part in objects for name, value in part.items()}
        if "properties" in node or "object" in node.get("type", ()):
            yield self._object(tokens, node, depth)
        if "items" in node or "array" in node.get("type", ()):
            yield self._array(tokens, node, depth, max(1, node.get("minItems", 0)))
            yield []
        yield from _scalars(node)
        yield from (True, None, {}, [])

    def _object(self, tokens: Tokens, node: Mapping[str, Any], depth: int) -> Any:
        required = node.get("required", ())
        found = {
            name: self.sample((*tokens, "properties", name), depth + 1)
            for name in node.get("properties", {})
            if name in required
        }
        for number in range(node.get("minProperties", 0) - len(found)):
            names = [name for name in node.get("properties", {}) if name not in found]
            if names:
                found[names[0]] = self.sample((*tokens, "properties", names[0]), depth + 1)
            elif isinstance(node.get("additionalProperties"), dict):
                found[f"a{number}"] = self.sample((*tokens, "additionalProperties"), depth + 1)
        return found

    def _array(self, tokens: Tokens, node: Mapping[str, Any], depth: int, length: int) -> Any:
        if not isinstance(node.get("items"), dict):
            return [*range(length)]
        return _repeated(node, self.sample((*tokens, "items"), depth + 1), length)

    def items(self, tokens: Tokens, node: Mapping[str, Any], length: int, like: Sequence[Any] = ()) -> Any:
        """A list of a length, of items like the first of another list."""
        return _repeated(node, like[0], length) if like else self._array(tokens, node, 0, length)

    def cases(self, tokens: Tokens, base: Any) -> Iterator[Case]:
        """The cases of every bound within the schema; `base` is a value that fits it."""
        yield from self._cases(tokens, base, [tokens], base, (), frozenset())

    def _cases(
        self,
        root: Tokens,
        whole: Any,
        starts: list[Tokens],
        value: Any,
        where: tuple[Any, ...],
        seen: frozenset[Tokens],
    ) -> Iterator[Case]:
        nodes = self._nodes.applicable(starts, value)
        fresh = [one for one in nodes if one not in seen]
        if len(where) > _MAX_DEPTH or not fresh:
            return
        seen |= {*fresh}
        for tokens in fresh:
            yield from self._of_node(root, whole, tokens, value, where)
            yield from self._alternatives(root, whole, tokens, value, where, seen)
        covered = {name for name, _part, _below in self._nodes.parts(nodes, value)}
        for name, part, below in self._nodes.parts(nodes, value):
            if below and (isinstance(name, str) or name == 0):
                yield from self._cases(root, whole, below, part, (*where, name), seen)
        for tokens in fresh:
            yield from self._missing(root, whole, tokens, value, where, seen, covered)

    def _alternatives(
        self,
        root: Tokens,
        whole: Any,
        tokens: Tokens,
        value: Any,
        where: tuple[Any, ...],
        seen: frozenset[Tokens],
    ) -> Iterator[Case]:
        """The cases of the alternatives that the value does not fit, in place of it."""
        node = self._nodes.node(tokens)
        for word in ("oneOf", "anyOf"):
            for index in range(len(node.get(word, ()))):
                one = (*tokens, word, str(index))
                if one not in seen:
                    yield from self._in_place(root, whole, one, where, seen, [tokens])

    def _missing(
        self,
        root: Tokens,
        whole: Any,
        tokens: Tokens,
        value: Any,
        where: tuple[Any, ...],
        seen: frozenset[Tokens],
        covered: set[Any],
    ) -> Iterator[Case]:
        """The cases of the members and items that the value does not have."""
        node = self._nodes.node(tokens)
        if isinstance(value, dict):
            for name in node.get("properties", {}):
                if name not in covered:
                    yield from self._in_place(
                        root, whole, (*tokens, "properties", name), (*where, name), seen
                    )
            yield from self._by_pattern(root, whole, tokens, value, where, seen)
            if isinstance(node.get("additionalProperties"), dict) and not covered:
                yield from self._in_place(root, whole, (*tokens, "additionalProperties"), (*where, "a"), seen)
        elif isinstance(value, list) and not value and isinstance(node.get("items"), dict):
            yield from self._in_place(root, whole, (*tokens, "items"), (*where, 0), seen)

    def _by_pattern(
        self,
        root: Tokens,
        whole: Any,
        tokens: Tokens,
        value: dict[str, Any],
        where: tuple[Any, ...],
        seen: frozenset[Tokens],
    ) -> Iterator[Case]:
        """The cases of members that are known by a pattern, one for each, beside the others or alone."""
        node = self._nodes.node(tokens)
        for pattern in node.get("patternProperties", ()):
            member = (*tokens, "patternProperties", pattern)
            name = _name_for(pattern, node.get("propertyNames", {}).get("enum", ()))
            if name is None or any(key for key in value if Schema({"pattern": pattern}, {}).is_valid(key)):
                continue
            for holder in ({**value, name: None}, {name: None}):
                yield from self._in_place(root, with_part(whole, where, holder), member, (*where, name), seen)

    def _in_place(
        self,
        root: Tokens,
        whole: Any,
        tokens: Tokens,
        where: tuple[Any, ...],
        seen: frozenset[Tokens],
        starts: list[Tokens] | None = None,
    ) -> Iterator[Case]:
        sample = self.sample(tokens)
        changed = with_part(whole, where, sample)
        if sample is not NOTHING and self._fits(root, changed):
            yield from self._cases(
                root, changed, [*(starts or ()), tokens], sample, where, seen - {*(starts or ())}
            )

    def _of_node(
        self, root: Tokens, whole: Any, tokens: Tokens, value: Any, where: tuple[Any, ...]
    ) -> Iterator[Case]:
        node = self._nodes.node(tokens)
        for keyword, make in _MAKERS.items():
            if keyword not in node:
                continue
            for detail, inside, outside in make(self, tokens, node, value):
                bound = Bound(tokens, keyword, detail)
                if str(bound) in self._known:
                    continue
                right = self._first(whole, where, inside, lambda one: self._fits(root, one))
                wrong = self._first(whole, where, outside, lambda one: self._is_wrong(root, one))
                yield Case(bound, right, wrong)

    def _first(
        self, whole: Any, where: tuple[Any, ...], parts: list[Any], suits: Callable[[Any], bool]
    ) -> Any:
        """The whole with the first of the parts with which it suits."""
        return next((one for one in (with_part(whole, where, part) for part in parts) if suits(one)), NOTHING)


def _has_gap(value: Any) -> bool:
    """Whether a part of the value could not be drawn."""
    if isinstance(value, dict | list):
        return any(map(_has_gap, value.values() if isinstance(value, dict) else value))
    return value is NOTHING


def is_missing(value: Any) -> bool:
    """Whether a case has no such value."""
    return value is NOTHING


def with_part(whole: Any, where: tuple[Any, ...], part: Any) -> Any:
    """The value with another part; the value itself is left unchanged."""
    if not where:
        return part
    first, *rest = where
    copy = whole.copy()
    if not rest and isinstance(copy, list) and first >= len(copy):
        return [*copy, part]
    copy[first] = with_part(copy[first], (*rest,), part) if rest else part
    return copy


def _scalars(node: Mapping[str, Any]) -> Iterator[Any]:
    if "format" in node and node["format"] in _FORMATS:
        yield _FORMATS[node["format"]][0]
    low, high = node.get("minimum"), node.get("maximum")
    yield from (one for one in (low, high, 1, 0, 1.5) if one is not None)
    yield from (_lengthened(one, node.get("minLength", 0)) for one in _texts_for(node))


def _texts_for(node: Mapping[str, Any]) -> list[str]:
    """Texts that may fit: some of many forms, and the words of the pattern."""
    words = re.findall(r"[A-Za-z]\w*", node.get("pattern", ""))
    return [*_TEXTS, *words, *(f"{word}.a" for word in words), *(f"{word}_0" for word in words)]


def _lengthened(text: str, length: int) -> str:
    return (text * (length // max(1, len(text)) + 1))[: max(length, len(text))]


def _name_for(pattern: str, names: Iterable[str]) -> str | None:
    """A name that fits the pattern: one of these, or one made of its words."""
    words = "".join(re.findall(r"[\w:$]+", pattern.replace("\\", "")))
    fits = Schema({"pattern": pattern}, {}).is_valid
    return next((one for one in (*names, words, f"{words}a", f"{words}:a") if fits(one)), None)


def _repeated(node: Mapping[str, Any], item: Any, length: int) -> list[Any]:
    if not node.get("uniqueItems"):
        return [item] * length
    return [_varied(item, number) if number else item for number in range(length)]


def _varied(item: Any, number: int) -> Any:
    """An item that differs from the others, if it can be told how."""
    if isinstance(item, str):
        return f"{item}{number}"
    if isinstance(item, int | float) and not isinstance(item, bool):
        return item + number
    if isinstance(item, dict):
        return {name: _varied(one, number) for name, one in item.items()}
    return item


_Made = Iterator[tuple[str, list[Any], list[Any]]]
_Maker = Callable[["Sampler", Tokens, Mapping[str, Any], Any], _Made]


def _number(step: int, bound: str) -> _Maker:
    def make(_sampler: Sampler, _tokens: Tokens, node: Mapping[str, Any], value: Any) -> _Made:
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield "", [node[bound]], [node[bound] + step]

    return make


def _open_number(step: int, bound: str) -> _Maker:
    def make(_sampler: Sampler, _tokens: Tokens, node: Mapping[str, Any], value: Any) -> _Made:
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield "", [node[bound] - step], [node[bound]]

    return make


def _length(step: int, bound: str) -> _Maker:
    def make(_sampler: Sampler, _tokens: Tokens, node: Mapping[str, Any], value: Any) -> _Made:
        if isinstance(value, str):
            texts = (value, *_texts_for(node))
            inside, outside = node[bound], node[bound] + step
            yield (
                "",
                [one for text in texts for one in _of_length(text, inside)],
                [one for text in texts for one in _of_length(text, outside)],
            )

    return make


def _of_length(text: str, length: int) -> list[str]:
    """Texts of a length: repeated, and with the last or the first character repeated."""
    if length < 0 or not text:
        return []
    return [
        (text * (length // len(text) + 1))[:length],
        text.ljust(length, text[-1])[:length],
        text.rjust(length, text[0])[-length:],
    ]


def _items(step: int, bound: str) -> _Maker:
    def make(sampler: Sampler, tokens: Tokens, node: Mapping[str, Any], value: Any) -> _Made:
        if isinstance(value, list):
            lengths = [one for one in (node[bound], node[bound] + step) if one >= 0]
            made = [
                [sampler.items(tokens, node, one), sampler.items(tokens, node, one, value)] for one in lengths
            ]
            yield "", made[0], [one for several in made[1:] for one in several]

    return make


def _pattern(_sampler: Sampler, _tokens: Tokens, node: Mapping[str, Any], value: Any) -> _Made:
    if isinstance(value, str):
        fits = Schema({"pattern": node["pattern"]}, {}).is_valid
        wrong = (*_WRONG, value + "\n", f"!{value}", value + "é", value + value)
        yield "", [value, *_texts_for(node)], [one for one in wrong if not fits(one)]


def _format(_sampler: Sampler, _tokens: Tokens, node: Mapping[str, Any], value: Any) -> _Made:
    if isinstance(value, str) and node["format"] in _FORMATS:
        inside, outside = _FORMATS[node["format"]]
        yield "", [inside], [outside]


def _required(_sampler: Sampler, _tokens: Tokens, node: Mapping[str, Any], value: Any) -> _Made:
    if isinstance(value, dict):
        for name in node["required"]:
            yield name, [value], [{key: one for key, one in value.items() if key != name}]


def _enum(_sampler: Sampler, _tokens: Tokens, node: Mapping[str, Any], _value: Any) -> _Made:
    for one in node["enum"]:
        yield json.dumps(one), [one], ["no_value_of_this_name", -4711]


def _closed(_sampler: Sampler, _tokens: Tokens, node: Mapping[str, Any], value: Any) -> _Made:
    if node["additionalProperties"] is False and isinstance(value, dict):
        yield "", [value], [{**value, NOT_A_NAME: 1}]


def _type(_sampler: Sampler, _tokens: Tokens, node: Mapping[str, Any], value: Any) -> _Made:
    yield "", [value], ["no_value", -4711, 1.5, True, None, {NOT_A_NAME: 1}, [[]]]


def _unique(_sampler: Sampler, _tokens: Tokens, _node: Mapping[str, Any], value: Any) -> _Made:
    if isinstance(value, list) and value:
        yield "", [value], [[value[0], value[0]]]


_MAKERS: Final[Mapping[str, _Maker]] = {
    "minimum": _number(-1, "minimum"),
    "maximum": _number(1, "maximum"),
    "exclusiveMinimum": _open_number(-1, "exclusiveMinimum"),
    "exclusiveMaximum": _open_number(1, "exclusiveMaximum"),
    "minLength": _length(-1, "minLength"),
    "maxLength": _length(1, "maxLength"),
    "minItems": _items(-1, "minItems"),
    "maxItems": _items(1, "maxItems"),
    "pattern": _pattern,
    "format": _format,
    "required": _required,
    "enum": _enum,
    "additionalProperties": _closed,
    "uniqueItems": _unique,
    "type": _type,
}
LIMITS: Final = tuple(word for word in _MAKERS if word[:3] in ("min", "max", "exc", "pat", "for"))
"""The keywords that bound a value: each has a test on both sides."""
