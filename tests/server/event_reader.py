"""A reader of a journal's stream, over a real socket, that can be cut anywhere."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple

PATIENCE = 20.0
_MOST_BEATS = 2
"""Heartbeats in a row after which a test has waited long enough."""


class Event(NamedTuple):
    """One event of the stream."""

    kind: str
    id: int | None
    data: Any


class EventStream:
    """An open stream; iterating over it gives its events until it ends, in whatever way."""

    def __init__(self, port: int, path: str, headers: dict[str, str] | None = None) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.connection.request("GET", f"/_mock{path}", headers=headers or {})
        self.reply = self.connection.getresponse()
        assert (self.reply.status, self.reply.headers["Content-Type"]) == (200, "text/event-stream")

    def __iter__(self) -> Iterator[Event]:
        lines: dict[str, str] = {}
        beats = 0
        while line := self._line():
            beats = beats + 1 if line.startswith(":") else 0 if "data" in lines else beats
            assert beats < _MOST_BEATS, "nothing but heartbeats"
            name, _, text = line.rstrip("\n").partition(": ")
            if line != "\n":
                lines[name] = text
            elif "data" in lines:
                number = int(lines["id"]) if "id" in lines else None
                yield Event(lines["event"], number, json.loads(lines["data"]))
                lines = {}

    def _line(self) -> str:
        try:
            return self.reply.readline().decode()
        except (OSError, HTTPException):
            return ""

    def cut(self) -> None:
        """Breaks the connection, whatever is on its way."""
        if self.connection.sock is not None:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.reply.close()
        self.connection.close()

    def until(self, condition: Callable[[list[Event]], bool]) -> list[Event]:
        """The next events, until they fulfil a condition."""
        found: list[Event] = []
        for event in self:
            found.append(event)
            if condition(found):
                return found
        raise AssertionError(f"the stream ended after {found}")


@contextmanager
def streaming(port: int, path: str, headers: dict[str, str] | None = None) -> Iterator[EventStream]:
    """An open stream, cut at the end."""
    stream = EventStream(port, path, headers)
    try:
        yield stream
    finally:
        stream.cut()
