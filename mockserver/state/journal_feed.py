"""The journal of a world as server-sent events."""

from functools import cached_property
from typing import Any, Final, NamedTuple

import orjson

from mockserver.state.journal import Journal, Position
from mockserver.state.world_record import WorldRecord

HEARTBEAT: Final = b": \n\n"
"""A comment, which shows that the connection works."""
OPENING: Final = "retry: 1000\n\n"
"""The beginning of a stream: when a client that was cut off should come back (milliseconds)."""
_PAGE: Final = 200


class Events(NamedTuple):
    """A part of the stream: its bytes, the number of its last exchange, and whether there are more."""

    data: bytes
    last: int
    has_more: bool


def world_event(position: Position) -> bytes:
    """The event that something of the world has changed, other than by a call."""
    return _event("world", {"version": position.version, "begun": position.begun})


class JournalFeed:
    """The new exchanges of a journal at one moment, read once for all who watch it."""

    def __init__(self, journal: Journal, record: WorldRecord) -> None:
        self._journal = journal
        self._test = record.get("label")
        self._read: dict[int, Events] = {}

    @cached_property
    def position(self) -> Position:
        """How far the world has come."""
        return self._journal.position()

    def events_after(self, number: int) -> Events:
        """The first events of exchanges after a number: `gap` before them, if the next ones were dropped."""
        found = self._read.get(number)
        if found is None:
            found = self._read[number] = self._events_after(number)
        return found

    def _events_after(self, number: int) -> Events:
        if number >= self.position.last:
            return Events(b"", number, False)
        briefs = self._journal.briefs(number, _PAGE)
        parts = [] if not briefs or briefs[0]["number"] == number + 1 else self._gap(number)
        for brief in briefs:
            parts.append(_event("exchange", {**brief, "test": self._test}, brief["number"]))
        last = briefs[-1]["number"] if briefs else number
        return Events(b"".join(parts), last, len(briefs) == _PAGE)

    def _gap(self, number: int) -> list[bytes]:
        dropped = self._journal.count_dropped(number)
        return [_event("gap", {"after": number, "dropped": dropped})] if dropped else []


def _event(kind: str, content: dict[str, Any], id: int | None = None) -> bytes:
    number = b"" if id is None else b"id: %d\n" % id
    return b"event: %b\n%bdata: %b\n\n" % (kind.encode(), number, orjson.dumps(content))
