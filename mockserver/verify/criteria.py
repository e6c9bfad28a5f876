"""Success criteria of a step: simple conditions, regular expressions and a little JSONPath."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from mockserver.errors import UnresolvedExpressionError
from mockserver.formats.json_pointer import json_equal
from mockserver.verify import jsonpath
from mockserver.verify.expressions import EXPRESSION, Scene, as_text, value

_TOKEN: Final = re.compile(
    rf"\s*(?:(?P<expression>{EXPRESSION.pattern})|(?P<text>'[^']*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>true|false|null)\b|(?P<sign>==|!=|<=|>=|<|>)|(?P<join>&&|\|\|))\s*"
)
_WORDS: Final = MappingProxyType({"true": True, "false": False, "null": None})
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One demand on a reply; `type` is simple, regex or jsonpath, the last two look at `context`."""

    condition: str
    type: str = "simple"
    context: str | None = None

    def __str__(self) -> str:
        if self.type == "simple":
            return self.condition
        word = "matches" if self.type == "regex" else "has"
        return f"{self.context} {word} {self.condition}"

    def flaw(self) -> str | None:
        """Why this is no criterion that is honoured, if it is none."""
        if self.type == "simple":
            try:
                list(_comparisons(self.condition))
            except ValueError as error:
                return str(error)
            return None
        if self.context is None or not EXPRESSION.fullmatch(self.context):
            return f"the context {self.context} is no expression that is honoured"
        if self.type == "jsonpath":
            honoured = jsonpath.is_honoured(self.condition)
            return None if honoured else f"the JSONPath {self.condition} is not honoured"
        try:
            re.compile(self.condition)
        except re.error as error:
            return f"the regular expression {self.condition} is none ({error})"
        return None

    def expressions(self) -> Iterator[str]:
        """The expressions it speaks of."""
        if self.context is not None:
            yield self.context
        elif self.type == "simple":
            yield from (found[0] for found in EXPRESSION.finditer(self.condition))

    def holds(self, scene: Scene) -> bool:
        """Whether it is met. Raises `UnresolvedExpressionError` where an expression leads to nothing."""
        if self.type == "simple":
            return _condition(self.condition, scene)
        subject = value(self.context or "", scene)
        if self.type == "jsonpath":
            return jsonpath.selects(self.condition, subject)
        return re.search(self.condition, as_text(subject)) is not None

    def met(self, scene: Scene) -> str | None:
        """None if it holds; else what came instead, in words."""
        try:
            if self.holds(scene):
                return None
        except UnresolvedExpressionError as nothing:
            return str(nothing)
        return ", ".join(f"{one} is {_short(value(one, scene))}" for one in dict.fromkeys(self.expressions()))


def _condition(text: str, scene: Scene) -> bool:
    """`&&` binds tighter than `||`; there are no brackets."""
    verdicts = [True]
    for join, left, sign, right in _comparisons(text):
        if join == "||":
            if verdicts[-1]:
                return True
            verdicts.append(True)
        if verdicts[-1]:
            verdicts[-1] = _compare(sign, _operand(left, scene), _operand(right, scene))
    return verdicts[-1]


def _comparisons(text: str) -> Iterator[tuple[str, re.Match[str], str, re.Match[str]]]:
    tokens, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"the condition is not understood from {text[at:]!r} on")
        tokens.append(token)
        at = token.end()
    if len(tokens) % 4 != 3:
        raise ValueError(f"the condition {text!r} is no comparison")
    for start in range(0, len(tokens), 4):
        join = tokens[start - 1]["join"] if start else "&&"
        left, sign, right = tokens[start : start + 3]
        if not join or not sign["sign"] or any(one["sign"] or one["join"] for one in (left, right)):
            raise ValueError(f"the condition {text!r} is no comparison")
        yield join, left, sign["sign"], right


def _operand(token: re.Match[str], scene: Scene) -> Any:
    if token["expression"]:
        return value(token["expression"], scene)
    if token["text"] is not None:
        return token["text"][1:-1]
    if token["number"]:
        return _number(token["number"])
    return _WORDS[token["word"]]


def _compare(sign: str, left: Any, right: Any) -> bool:
    left, right = _alike(left, right), _alike(right, left)
    if sign in ("==", "!="):
        return json_equal(left, right) == (sign == "==")
    try:
        return _ORDERS[sign](left, right)
    except TypeError:
        return False


def _alike(one: Any, other: Any) -> Any:
    """A text that is held against a number is read as one: headers are always text."""
    is_number = isinstance(other, (int, float)) and not isinstance(other, bool)
    if isinstance(one, str) and is_number and re.fullmatch(r"-?\d+(\.\d+)?", one):
        return _number(one)
    return one


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _short(given: Any) -> str:
    text = repr(given) if isinstance(given, str) else as_text(given)
    return text if len(text) <= 120 else text[:120] + "…"
