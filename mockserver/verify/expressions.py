"""Runtime expressions of Arazzo, the ones that our stories may use (contracts/README.md lists them)."""

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
class Scene:
    """What expressions of one step can speak of. Header names are in lower case."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of every step that has run, by its stepId."""
    method: str = ""
    url: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    """`header`, `query`, `path` and `body` of the call."""
    status: int | None = None
    response: Mapping[str, Any] = field(default_factory=dict)
    """`header` and `body` of the reply."""


def value(expression: str, scene: Scene) -> Any:
    """What the expression stands for. Raises `UnresolvedExpressionError`."""
    head, hash_, pointer = expression.partition("#")
    try:
        found = _look_up(head[1:].split("."), scene)
        if hash_ and pointer:
            found = resolve(found, pointer)
    except (KeyError, IndexError, ValueError, TypeError):
        found = MISSING
    if found is MISSING:
        raise UnresolvedExpressionError(f"{expression} leads to nothing") from None
    return found


def _look_up(parts: list[str], scene: Scene) -> Any:
    match parts:
        case ["inputs", name]:
            return scene.inputs[name]
        case ["steps", step, "outputs", name]:
            return scene.outputs[step][name]
        case ["statusCode"]:
            return scene.status
        case ["method"]:
            return scene.method
        case ["url"]:
            return scene.url
        case [("request" | "response") as side, "header", name]:
            return _side(side, scene)["header"][name.lower()]
        case [("request" | "response") as side, "body"]:
            return _side(side, scene)["body"]
        case ["request", ("query" | "path") as place, name]:
            return scene.request[place][name]
    raise KeyError(parts)


def _side(side: str, scene: Scene) -> Mapping[str, Any]:
    return scene.request if side == "request" else scene.response


def filled(payload: Any, scene: Scene) -> Any:
    """The payload with every expression in it replaced by its value. Raises `UnresolvedExpressionError`.

    A text that is one expression becomes its value with its type; `{…}` inside a text becomes text.
    """
    if isinstance(payload, dict):
        return {name: filled(member, scene) for name, member in payload.items()}
    if isinstance(payload, list):
        return [filled(item, scene) for item in payload]
    if not isinstance(payload, str):
        return payload
    if EXPRESSION.fullmatch(payload):
        return value(payload, scene)
    return _EMBEDDED.sub(lambda found: as_text(value(found[1], scene)), payload)


def as_text(given: Any) -> str:
    """A value as it stands inside a text: a string as it is, anything else as JSON."""
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, separators=(",", ":"))


def expressions(payload: Any) -> Iterator[str]:
    """Every expression in a payload."""
    for text in _texts(payload):
        if EXPRESSION.fullmatch(text):
            yield text
        else:
            yield from (found[1] for found in _EMBEDDED.finditer(text))


def strangers(payload: Any) -> Iterator[str]:
    """What looks like an expression but is none that is honoured, in texts that are or embed one."""
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
