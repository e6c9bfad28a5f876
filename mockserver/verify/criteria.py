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
from mockserver.verify.expressions import EXPRESSION, ExpressionContext, as_text, evaluate

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
    """One success criterion; `type` is simple, regex or jsonpath; the last two apply to `context`."""

    condition: str
    type: str = "simple"
    context: str | None = None

    def __str__(self) -> str:
        if self.type == "simple":
            return self.condition
        word = "matches" if self.type == "regex" else "has"
        return f"{self.context} {word} {self.condition}"

    def find_error(self) -> str | None:
        """Why the criterion is not supported; None if it is."""
        if self.type == "simple":
            try:
                list(_comparisons(self.condition))
            except ValueError as error:
                return str(error)
            return None
        if self.context is None or not EXPRESSION.fullmatch(self.context):
            return f"the context {self.context} is not a supported expression"
        if self.type == "jsonpath":
            supported = jsonpath.is_supported(self.condition)
            return None if supported else f"the JSONPath {self.condition} is not supported"
        try:
            re.compile(self.condition)
        except re.error as error:
            return f"invalid regular expression {self.condition} ({error})"
        return None

    def find_expressions(self) -> Iterator[str]:
        """The expressions it uses."""
        if self.context is not None:
            yield self.context
        elif self.type == "simple":
            yield from (found[0] for found in EXPRESSION.finditer(self.condition))

    def holds(self, context: ExpressionContext) -> bool:
        """Whether it is met. Raises `UnresolvedExpressionError` if an expression has no value."""
        if self.type == "simple":
            return _evaluate_condition(self.condition, context)
        subject = evaluate(self.context or "", context)
        if self.type == "jsonpath":
            return jsonpath.selects(self.condition, subject)
        return re.search(self.condition, as_text(subject)) is not None

    def explain_failure(self, context: ExpressionContext) -> str | None:
        """The actual values in words if the criterion is not met; None if it is."""
        try:
            if self.holds(context):
                return None
        except UnresolvedExpressionError as error:
            return str(error)
        return ", ".join(
            f"{one} is {_abbreviate(evaluate(one, context))}"
            for one in dict.fromkeys(self.find_expressions())
        )


def _evaluate_condition(text: str, context: ExpressionContext) -> bool:
    """Evaluates a condition; `&&` binds tighter than `||`, parentheses are not supported."""
    results = [True]
    for join, left, sign, right in _comparisons(text):
        if join == "||":
            if results[-1]:
                return True
            results.append(True)
        if results[-1]:
            results[-1] = _compare(sign, _operand(left, context), _operand(right, context))
    return results[-1]


def _comparisons(text: str) -> Iterator[tuple[str, re.Match[str], str, re.Match[str]]]:
    tokens, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"cannot parse the condition from {text[at:]!r} on")
        tokens.append(token)
        at = token.end()
    if len(tokens) % 4 != 3:
        raise ValueError(f"the condition {text!r} is not a comparison")
    for start in range(0, len(tokens), 4):
        join = tokens[start - 1]["join"] if start else "&&"
        left, sign, right = tokens[start : start + 3]
        if not join or not sign["sign"] or any(one["sign"] or one["join"] for one in (left, right)):
            raise ValueError(f"the condition {text!r} is not a comparison")
        yield join, left, sign["sign"], right


def _operand(token: re.Match[str], context: ExpressionContext) -> Any:
    if token["expression"]:
        return evaluate(token["expression"], context)
    if token["text"] is not None:
        return token["text"][1:-1]
    if token["number"]:
        return _number(token["number"])
    return _WORDS[token["word"]]


def _compare(sign: str, left: Any, right: Any) -> bool:
    left, right = _coerce(left, right), _coerce(right, left)
    if sign in ("==", "!="):
        return json_equal(left, right) == (sign == "==")
    if isinstance(left, bool) or isinstance(right, bool):
        return False  # they have no order; Python takes them for 0 and 1
    try:
        return _ORDERS[sign](left, right)
    except TypeError:
        return False


def _coerce(one: Any, other: Any) -> Any:
    """`one`, parsed as a number if `other` is a number: headers are always text."""
    if isinstance(one, str) and isinstance(other, (int, float)) and re.fullmatch(r"-?\d+(\.\d+)?", one):
        return _number(one)
    return one


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _abbreviate(given: Any) -> str:
    text = repr(given) if isinstance(given, str) else as_text(given)
    return text if len(text) <= 120 else text[:120] + "…"
