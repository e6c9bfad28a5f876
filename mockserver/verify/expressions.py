"""Arazzo runtime expressions: the subset that stories may use (contracts/README.md lists it)."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.errors import UnresolvedExpressionError
from mockserver.formats.json_pointer import MISSING, resolve

_NAME = r"[A-Za-z0-9_-]+"
_POINTER = r"(?:#(?:/[^\s{}'\"=<>!&|]*)?)?"
_FORMS: Final = (
    rf"\$inputs\.{_NAME}{_POINTER}",
    rf"\$steps\.{_NAME}\.outputs\.{_NAME}{_POINTER}",
    rf"\$(?:request|response)\.header\.{_NAME}",
    rf"\$(?:request|response)\.body{_POINTER}",
    rf"\$request\.(?:query|path)\.{_NAME}",
    r"\$(?:statusCode|method|url)",
)
EXPRESSION: Final = re.compile("|".join(f"(?:{form})" for form in _FORMS))
_EMBEDDED: Final = re.compile(rf"\{{({EXPRESSION.pattern})\}}")
_LOOKALIKE: Final = re.compile(r"\$[a-z][A-Za-z]*\.[^\s{}]*|\$(?:statusCode|method|url)\b")


@dataclass(slots=True)
class ExpressionContext:
    """The values that expressions of one step can refer to. Header names are in lower case."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Outputs of every step that has run, by stepId."""
    method: str = ""
    url: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    """`header`, `query`, `path` and `body` of the request."""
    status: int | None = None
    response: Mapping[str, Any] = field(default_factory=dict)
    """`header` and `body` of the response."""


def evaluate(expression: str, context: ExpressionContext) -> Any:
    """The value of the expression. Raises `UnresolvedExpressionError`."""
    head, hash_, pointer = expression.partition("#")
    try:
        found = _look_up(head[1:].split("."), context)
        if hash_ and pointer:
            found = resolve(found, pointer)
    except (KeyError, IndexError, ValueError, TypeError):
        found = MISSING
    if found is MISSING:
        raise UnresolvedExpressionError(f"{expression} has no value") from None
    return found


def _look_up(parts: list[str], context: ExpressionContext) -> Any:
    match parts:
        case ["inputs", name]:
            return context.inputs[name]
        case ["steps", step, "outputs", name]:
            return context.outputs[step][name]
        case ["statusCode"]:
            return context.status
        case ["method"]:
            return context.method
        case ["url"]:
            return context.url
        case [("request" | "response") as side, "header", name]:
            return _message(side, context)["header"][name.lower()]
        case [("request" | "response") as side, "body"]:
            return _message(side, context)["body"]
        case ["request", ("query" | "path") as part, name]:
            return context.request[part][name]
    raise KeyError(parts)


def _message(side: str, context: ExpressionContext) -> Mapping[str, Any]:
    return context.request if side == "request" else context.response


def substitute(payload: Any, context: ExpressionContext) -> Any:
    """The payload with every expression replaced by its value. Raises `UnresolvedExpressionError`.

    A string that is one expression becomes its value with its type; `{…}` inside a string becomes text.
    """
    if isinstance(payload, dict):
        return {name: substitute(member, context) for name, member in payload.items()}
    if isinstance(payload, list):
        return [substitute(item, context) for item in payload]
    if not isinstance(payload, str):
        return payload
    if EXPRESSION.fullmatch(payload):
        return evaluate(payload, context)
    return _EMBEDDED.sub(lambda found: as_text(evaluate(found[1], context)), payload)


def as_text(given: Any) -> str:
    """A value as text: a string unchanged, anything else as JSON."""
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, separators=(",", ":"))


def find_expressions(payload: Any) -> Iterator[str]:
    """Every expression in a payload."""
    for text in _texts(payload):
        if EXPRESSION.fullmatch(text):
            yield text
        else:
            yield from (found[1] for found in _EMBEDDED.finditer(text))


def find_unsupported(payload: Any) -> Iterator[str]:
    """Texts that look like an expression but are not a supported one."""
    for text in _texts(payload):
        inside = re.findall(r"\{(\$[^{}]*)\}", text)
        for one in [text, *inside] if text.startswith("$") else inside:
            if _LOOKALIKE.fullmatch(one) and not EXPRESSION.fullmatch(one):
                yield one


def _texts(payload: Any) -> Iterator[str]:
    if isinstance(payload, dict):
        for member in payload.values():
            yield from _texts(member)
    elif isinstance(payload, list):
        for item in payload:
            yield from _texts(item)
    elif isinstance(payload, str):
        yield payload
