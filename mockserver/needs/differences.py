"""The places in which two runs of a function differ, and those that differ without any change."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

from mockserver.formats.json_pointer import format_pointer
from mockserver.needs.members import parse
from mockserver.needs.observation import SIGNS, Observation

Place = tuple[str, ...]
"""A sign, and the way from there to the part that differs."""


class Volatile:
    """The places that differ between runs without any change: a time, a random number."""

    def __init__(self) -> None:
        self._places: set[Place] = set()

    def add(self, first: Observation, again: Observation) -> bool:
        """Learn from a run without any change; whether there was something new."""
        new = {*self.unexpected(first, again)}
        self._places |= new
        return bool(new)

    def unexpected(self, first: Observation, other: Observation) -> Iterator[Place]:
        """The places of other runs that differ from the first one, and are not known to do so."""
        for place in differences(first, other):
            if not any(place[:length] in self._places for length in range(1, len(place) + 1)):
                yield place

    @property
    def signs(self) -> tuple[str, ...]:
        """The signs that do not differ as a whole."""
        return tuple(sign for sign in SIGNS if (sign,) not in self._places)

    @property
    def described(self) -> tuple[str, ...]:
        """The places as JSON pointers, such as `/calls/2/path/4`."""
        return tuple(sorted(map(format_pointer, self._places)))


def differences(one: Observation, other: Observation) -> Iterator[Place]:
    """The places in which two runs differ."""
    yield from _compare(one.result, other.result, ("result",))
    yield from _compare([*map(_parts, one.calls)], [*map(_parts, other.calls)], ("calls",))


def _parts(call: tuple[str, str, str]) -> Mapping[str, Any]:
    """The parts of a call, so that one of them may differ alone."""
    method, url, body = call
    path, _, query = url.partition("?")
    sent = parse(body)
    return {
        "method": method,
        "path": path.split("/"),
        "query": parse_qs(query, keep_blank_values=True),
        "body": body if sent is None else sent,
    }


def _compare(one: Any, other: Any, place: Place) -> Iterator[Place]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys([*one, *other]):
            below = (*place, str(name))
            if name in one and name in other:
                yield from _compare(one[name], other[name], below)
            else:
                yield below
    elif _are_items(one, other):
        for number, (item, changed) in enumerate(zip(one, other, strict=True)):
            yield from _compare(item, changed, (*place, str(number)))
    elif not _is_equal(one, other):
        yield place


def _are_items(one: Any, other: Any) -> bool:
    """Whether they are lists, or tuples, of the same length."""
    return any(isinstance(one, kind) and isinstance(other, kind) for kind in (list, tuple)) and (
        len(one) == len(other)
    )


def _is_equal(one: Any, other: Any) -> bool:
    """Whether they are equal; not where the comparison itself fails, as for arrays of numpy."""
    try:
        return bool(one == other)
    except Exception:
        return False
