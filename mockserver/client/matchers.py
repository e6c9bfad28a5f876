"""What a test expects of an exchange, and in what an exchange differs from it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final
from urllib.parse import parse_qs

from mockserver.formats.json_pointer import json_equal

_LONGEST: Final = 100


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is left out (`...`) may be anything.

    A value stands for itself, a mapping for all that has these members and maybe others, a type for its
    instances, a function for what it says yes to, `unittest.mock.ANY` for anything. Query and headers are
    text: a number or a boolean stands for its own.
    """

    body: Any = ...
    query: Any = ...
    headers: Any = ...
    path: Any = ...
    status: Any = ...
    problem: Any = ...
    fault: Any = ...

    def __str__(self) -> str:
        wishes = [(one.name, getattr(self, one.name)) for one in fields(self)]
        return ", ".join(f"{name}={shown(value)}" for name, value in wishes if value is not ...)

    def differences(self, exchange: Mapping[str, Any]) -> list[str]:
        """In what the exchange is not as expected, a line each; nothing if it is."""
        call = exchange["call"]
        fault = exchange["fault"]
        found = [
            *_differences("path", self.path, call["path"]),
            *_differences("query", _as_text(self.query), _query(call["url"])),
            *_differences("headers", _as_text(_in_lower_case(self.headers)), call["headers"]),
            *_differences("status", self.status, exchange["reply"]["status"]),
            *_differences("problem", self.problem, exchange["problem"]),
            *_differences("fault", self.fault, fault and fault["kind"]),
        ]
        if self.body is not ...:
            found += _differences("body", self.body, _body(call["body"], self.body))
        return found


def shown(value: Any) -> str:
    """The value as JSON where it has one, shortened."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=_named)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _differences(where: str, expected: Any, actual: Any) -> Iterator[str]:
    if expected is ...:
        return
    if isinstance(expected, Mapping):
        yield from _of_members(where, expected, actual)
    elif isinstance(expected, Sequence) and not isinstance(expected, str | bytes):
        yield from _of_items(where, expected, actual)
    elif isinstance(expected, type):
        if not isinstance(actual, expected) or (isinstance(actual, bool) and expected is not bool):
            yield f"{where}: expected {expected.__name__}, got {shown(actual)}"
    elif callable(expected):
        yield from _of_verdict(where, expected, actual)
    elif not _equal(expected, actual):
        yield f"{where}: expected {shown(expected)}, got {shown(actual)}"


def _of_members(where: str, expected: Mapping[str, Any], actual: Any) -> Iterator[str]:
    if not isinstance(actual, Mapping):
        yield f"{where}: expected {shown(expected)}, got {shown(actual)}"
        return
    for name, value in expected.items():
        if name in actual:
            yield from _differences(f"{where}/{name}", value, actual[name])
        else:
            yield f"{where}/{name}: expected {shown(value)}, is missing"


def _of_items(where: str, expected: Sequence[Any], actual: Any) -> Iterator[str]:
    if not isinstance(actual, list) or len(actual) != len(expected):
        yield f"{where}: expected {shown(list(expected))}, got {shown(actual)}"
        return
    for index, (value, item) in enumerate(zip(expected, actual, strict=True)):
        yield from _differences(f"{where}/{index}", value, item)


def _of_verdict(where: str, expected: Callable[[Any], object], actual: Any) -> Iterator[str]:
    try:
        verdict = expected(actual)
    except Exception as error:  # whatever it cannot cope with is not what it expects
        yield f"{where}: {_named(expected)} raised {error!r} for {shown(actual)}"
        return
    if not verdict:
        yield f"{where}: {_named(expected)} says no to {shown(actual)}"


def _equal(expected: Any, actual: Any) -> bool:
    # Anything else compares itself: unittest.mock.ANY equals every value.
    is_json = expected is None or isinstance(expected, str | int | float)
    return json_equal(expected, actual) if is_json else bool(expected == actual)


def _named(value: Any) -> str:
    return str(getattr(value, "__name__", None) or repr(value))


def _body(text: str, expected: Any) -> Any:
    """What was sent, read as JSON if it is, unless text is expected."""
    if isinstance(expected, str | bytes):
        return text.encode() if isinstance(expected, bytes) else text
    try:
        return json.loads(text)
    except ValueError:
        return text or None


def _query(url: str) -> dict[str, Any]:
    """The parameters of a URL; those that are there more than once are lists."""
    sent = parse_qs(url.partition("?")[2], keep_blank_values=True)
    return {name: texts if len(texts) > 1 else texts[0] for name, texts in sent.items()}


def _in_lower_case(headers: Any) -> Any:
    is_map = isinstance(headers, Mapping)
    return {name.lower(): value for name, value in headers.items()} if is_map else headers


def _as_text(expected: Any) -> Any:
    if isinstance(expected, Mapping):
        return {name: _as_text(value) for name, value in expected.items()}
    if isinstance(expected, list | tuple):
        return [_as_text(value) for value in expected]
    if isinstance(expected, bool):
        return str(expected).lower()
    return str(expected) if isinstance(expected, int | float) else expected
