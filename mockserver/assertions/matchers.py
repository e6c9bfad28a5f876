"""Matchers for journal assertions: what is expected of an exchange, and how an exchange differs from it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Number
from typing import Any, Final
from urllib.parse import parse_qs

from mockserver.assertions.pattern import Pattern
from mockserver.formats.json_pointer import json_equal

_MAX_VALUE_LENGTH: Final = 100


@dataclass(frozen=True, kw_only=True)
class ExpectedCall:
    """The expected properties of an exchange; `...` (the default) matches anything.

    A plain value matches itself, a mapping matches if its members match (further members are allowed), a list
    matches item by item, a type matches its instances, a function matches if it returns true, and
    `unittest.mock.ANY` matches anything. Query parameters and headers are text: an expected number or
    boolean is compared as text. A `Pattern` is the form that a matcher has in JSON.
    """

    body: Any = ...
    query: Any = ...
    headers: Any = ...
    path: Any = ...
    status: Any = ...
    problem: Any = ...
    fault: Any = ...
    method: Any = ...
    flawed: Any = ...

    def __str__(self) -> str:
        values = [(field.name, getattr(self, field.name)) for field in fields(self)]
        return ", ".join(f"{name}={render_value(value)}" for name, value in values if value is not ...)

    def differences(self, exchange: Mapping[str, Any]) -> list[str]:
        """How the exchange differs from the expected one, one line each; empty if it matches."""
        call = exchange["call"]
        fault = exchange["fault"]
        found = [
            *_differences("path", self.path, call["path"]),
            *_differences("query", _as_text(self.query), _parse_query(call["url"])),
            *_differences("headers", _as_text(_lower_case_names(self.headers)), call["headers"]),
            *_differences("status", self.status, exchange["reply"]["status"]),
            *_differences("problem", self.problem, exchange["problem"]),
            *_differences("fault", self.fault, fault and fault["kind"]),
            *_differences("method", self.method, call.get("method")),
        ]
        if self.flawed is not ...:
            found += _differences("flawed", self.flawed, exchange["flaw"] is not None)
        if self.body is not ...:
            found += _differences("body", self.body, _parse_body(call["body"], self.body))
        return found


def render_value(value: Any) -> str:
    """The value as JSON, or its repr if it has no JSON form; truncated."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=_name_of)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= _MAX_VALUE_LENGTH else f"{text[:_MAX_VALUE_LENGTH]} …"


def _differences(where: str, expected: Any, actual: Any) -> Iterator[str]:
    if expected is ...:
        return
    if isinstance(expected, Pattern):
        if not expected.matches(actual):
            yield f"{where}: expected {expected}, got {render_value(actual)}"
    elif isinstance(expected, Mapping):
        yield from _member_differences(where, expected, actual)
    elif isinstance(expected, Sequence) and not isinstance(expected, str | bytes):
        yield from _item_differences(where, expected, actual)
    elif isinstance(expected, type):
        if not _is_instance(actual, expected):
            yield f"{where}: expected {expected.__name__}, got {render_value(actual)}"
    elif callable(expected):
        yield from _predicate_differences(where, expected, actual)
    elif not _equal(expected, actual):
        yield f"{where}: expected {render_value(expected)}, got {render_value(actual)}"


def _is_instance(actual: Any, expected: type) -> bool:
    # As in JSON: true is not a number, and 1 is written for 1.0.
    if isinstance(actual, bool):
        return isinstance(actual, expected) and (expected is bool or not issubclass(expected, Number))
    return isinstance(actual, expected) or (expected is float and isinstance(actual, int))


def _member_differences(where: str, expected: Mapping[str, Any], actual: Any) -> Iterator[str]:
    if not isinstance(actual, Mapping):
        yield f"{where}: expected {render_value(expected)}, got {render_value(actual)}"
        return
    for name, value in expected.items():
        if name in actual:
            yield from _differences(f"{where}/{name}", value, actual[name])
        elif not (isinstance(value, Pattern) and value.missing):
            yield f"{where}/{name}: expected {render_value(value)}, is missing"


def _item_differences(where: str, expected: Sequence[Any], actual: Any) -> Iterator[str]:
    if not isinstance(actual, list) or len(actual) != len(expected):
        yield f"{where}: expected {render_value(list(expected))}, got {render_value(actual)}"
        return
    for index, (value, item) in enumerate(zip(expected, actual, strict=True)):
        yield from _differences(f"{where}/{index}", value, item)


def _predicate_differences(where: str, predicate: Callable[[Any], object], actual: Any) -> Iterator[str]:
    try:
        matches = predicate(actual)
    except Exception as error:  # a value that the function cannot handle does not match
        yield f"{where}: {_name_of(predicate)} raised {error!r} for {render_value(actual)}"
        return
    if not matches:
        yield f"{where}: {_name_of(predicate)} returned false for {render_value(actual)}"


def _equal(expected: Any, actual: Any) -> bool:
    # Other types use their __eq__: unittest.mock.ANY equals every value.
    is_json = expected is None or isinstance(expected, str | int | float)
    if is_json or (isinstance(expected, Number) and isinstance(actual, bool)):
        return json_equal(expected, actual)
    return bool(expected == actual)


def _name_of(value: Any) -> str:
    return str(getattr(value, "__name__", None) or repr(value))


def _parse_body(text: str, expected: Any) -> Any:
    """The body parsed as JSON; as it is if it is not JSON, or if text or bytes are expected."""
    if isinstance(expected, str | bytes):
        return text.encode() if isinstance(expected, bytes) else text
    try:
        return json.loads(text)
    except ValueError:
        return text or None


def _parse_query(url: str) -> dict[str, Any]:
    """The query parameters of a URL; repeated ones are lists."""
    parsed = parse_qs(url.partition("?")[2], keep_blank_values=True)
    return {name: values if len(values) > 1 else values[0] for name, values in parsed.items()}


def _lower_case_names(headers: Any) -> Any:
    is_mapping = isinstance(headers, Mapping)
    return {name.lower(): value for name, value in headers.items()} if is_mapping else headers


def _as_text(expected: Any) -> Any:
    if isinstance(expected, Pattern):
        return expected.convert(_as_text)
    if isinstance(expected, Mapping):
        return {name: _as_text(value) for name, value in expected.items()}
    if isinstance(expected, list | tuple):
        return [_as_text(value) for value in expected]
    if isinstance(expected, bool):
        return str(expected).lower()
    return str(expected) if isinstance(expected, int | float) else expected
