"""The form in which an assertion is sent: the body of `POST …/journal/assert`, parsed and written."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Final

from mockserver.assertions.expectation import (
    EXPECTED_NAMES,
    NEVER,
    Count,
    Expectation,
    ExpectedCalls,
    ExpectedOrder,
    Step,
)
from mockserver.assertions.matchers import ExpectedCall
from mockserver.assertions.pattern import TYPES, Pattern
from mockserver.errors import InvalidAssertionError
from mockserver.formats.suggestions import nearest

MATCH: Final = "$match"
"""The only member of an object that is a pattern."""
_PATTERN_NAMES: Final = tuple(field.name for field in fields(Pattern))
_STEP_NAMES: Final = ("vendor", "operation", *EXPECTED_NAMES)
_COUNT_NAMES: Final = ("times", "at_least", "at_most")
_MAX_DEPTH: Final = 100
_MAX_INTEGER: Final = 2**53
_JSON: Final = (str, int, float, bool, type(None))


def parse(body: Mapping[str, Any]) -> Expectation:
    """The expectation that a call of the control API sends. Raises InvalidAssertionError."""
    _check_alone(body, "order", [*_STEP_NAMES, *_COUNT_NAMES])
    _check_alone(body, "times", _COUNT_NAMES)
    if "order" in body:
        return ExpectedOrder([_parse_step(step, f"body/order/{at}") for at, step in enumerate(body["order"])])
    count = _parse_count(body)
    return ExpectedCalls(_parse_step(body, "body"), count, forbids=count == NEVER and "times" not in body)


def _check_alone(body: Mapping[str, Any], name: str, others: Iterable[str]) -> None:
    beside = [other for other in others if other in body and other != name]
    if name in body and beside:
        raise InvalidAssertionError(f"body: {name} excludes {beside[0]}; remove one of them")


def _parse_step(body: Mapping[str, Any], where: str) -> Step:
    values = {name: body[name] for name in EXPECTED_NAMES if name in body}
    expected = {name: _parse_value(value, f"{where}/{name}") for name, value in values.items()}
    return Step(body.get("vendor"), body.get("operation"), ExpectedCall(**expected))


def _parse_count(body: Mapping[str, Any]) -> Count:
    times = body.get("times")
    if isinstance(times, int):
        return Count(times, times)
    least, most = times if times else (body.get("at_least"), body.get("at_most"))
    count = Count(1) if (least, most) == (None, None) else Count(least or 0, most)
    if count.most is not None and count.most < count.least:
        fix = "write the smaller number first" if times else "at_least is at most at_most"
        raise InvalidAssertionError(f"body: there cannot be {count.least} to {count.most} calls; {fix}")
    return count


def _parse_value(value: Any, where: str) -> Any:
    """The value with its patterns parsed."""
    if isinstance(value, list):
        return [_parse_value(one, f"{where}/{at}") for at, one in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if MATCH in value:
        return _parse_pattern(value, f"{where}/{MATCH}")
    return {name: _parse_value(one, f"{where}/{name}") for name, one in value.items()}


def _parse_pattern(holder: Mapping[str, Any], where: str) -> Pattern:
    members = holder[MATCH]
    if len(holder) > 1:
        other = next(name for name in holder if name != MATCH)
        fix = f"move it into {MATCH}, or compare the object by {MATCH}/exactly"
        raise InvalidAssertionError(f"{where}: stands alone in its object, but {other!r} is beside it; {fix}")
    if not isinstance(members, dict):
        raise InvalidAssertionError(f"{where}: is not an object; write {{}} for any value, or its members")
    for name, value in members.items():
        if name not in _MEMBERS:
            raise InvalidAssertionError(
                f"{where}: unknown member {name!r}, the nearest is {nearest(name, _PATTERN_NAMES)}"
            )
        is_valid, wanted = _MEMBERS[name]
        if not is_valid(value):
            raise InvalidAssertionError(f"{where}/{name}: expected {wanted}")
    if members.get("missing") and len(members) > 1:
        raise InvalidAssertionError(f"{where}/missing: stands alone; remove the other members")
    return Pattern(**members)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_MEMBERS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = MappingProxyType(
    {
        "type": (lambda value: isinstance(value, str) and value in TYPES, f"one of {', '.join(TYPES)}"),
        "minimum": (_is_number, "a number"),
        "maximum": (_is_number, "a number"),
        "contains": (lambda value: True, "a value"),
        "one_of": (lambda value: isinstance(value, list) and bool(value), "a list of values"),
        "exactly": (lambda value: True, "a value"),
        "missing": (lambda value: isinstance(value, bool), "true"),
    }
)
"""The members of a pattern: whether a value is valid, and what is expected."""


def write(expectation: Expectation) -> dict[str, Any] | None:
    """The body of the call that sends the expectation; None if JSON cannot express it, such as a function."""
    try:
        if isinstance(expectation, ExpectedOrder):
            return {"order": [dict(_write_step(step)) for step in expectation.steps]}
        return {**dict(_write_step(expectation.step)), **_write_count(expectation)}
    except InvalidAssertionError:
        return None


def _write_step(step: Step) -> Iterator[tuple[str, Any]]:
    for name in ("vendor", "operation"):
        if getattr(step, name) is not None:
            yield name, getattr(step, name)
    for name in EXPECTED_NAMES:
        if getattr(step.call, name) is not ...:
            yield name, _write_value(getattr(step.call, name), 0)


def _write_count(expectation: ExpectedCalls) -> dict[str, Any]:
    count = expectation.count
    if count.accept:
        raise InvalidAssertionError("a function")
    if expectation.forbids:
        return {"at_most": 0}
    if count.least == count.most:
        return {"times": count.least}
    return {"at_least": count.least} if count.most is None else {"times": [count.least, count.most]}


def _write_value(value: Any, depth: int) -> Any:
    if value is ... or (type(value).__name__, type(value).__module__) == ("_ANY", "unittest.mock"):
        return {MATCH: {}}
    if depth > _MAX_DEPTH:
        raise InvalidAssertionError("too deep")
    if type(value) in (list, tuple):
        return [_write_value(one, depth + 1) for one in value]
    if type(value) is dict and MATCH not in value and all(type(name) is str for name in value):
        return {_write_text(name): _write_value(one, depth + 1) for name, one in value.items()}
    if type(value) is str:
        return _write_text(value)
    if type(value) not in _JSON or (_is_number(value) and not _is_portable(value)):
        raise InvalidAssertionError("not a JSON value")
    return value


def _write_text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidAssertionError("half a surrogate pair") from error
    return text


def _is_portable(number: float) -> bool:
    """Whether every JSON parser reads the number as it is."""
    return abs(number) <= _MAX_INTEGER if isinstance(number, int) else math.isfinite(number)
