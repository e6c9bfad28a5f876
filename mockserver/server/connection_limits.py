"""Limits of connections: sizes, patience, number; and which connection has to go."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Limits:
    """The sizes, in bytes, and the waits, in seconds, that a server accepts from a client."""

    connections: int = 2_000
    """Open connections; for one more, the one that has waited longest for its client is closed."""
    target: int = 64 * 1024
    headers: int = 64 * 1024
    body: int = 64 * 1024 * 1024
    """At most; an application may accept less."""
    head_seconds: float = 30.0
    """From the first byte of a request to the end of its headers, and for the handshake of TLS."""
    body_seconds: float = 60.0
    """Without another byte of the body."""
    idle_seconds: float = 120.0
    """Between two requests."""
    write_seconds: float = 60.0
    """Without the client reading anything of a reply."""
    linger_seconds: float = 5.0
    linger_bytes: int = 64 * 1024 * 1024
    """After a refusal: what the client still writes meanwhile is read, so that it can read the refusal."""
    grace_seconds: float = 10.0
    """For calls in flight when the server stops."""
    join_seconds: float = 5.0
    """For a thread to end after its call."""


class Connection(Protocol):
    """An open connection, as its server sees it."""

    since: float

    @property
    def is_busy(self) -> bool:
        """Whether a call is in flight, rather than the client's next bytes awaited."""

    @property
    def awaits(self) -> str:
        """The awaited bytes: hello (of TLS), idle (the beginning of a request), head or body."""

    def is_unread(self, now: float, seconds: float) -> bool:
        """Whether the client has not read any of what was sent for so long."""

    def abort(self) -> None:
        """Closes the connection at once; what is not sent yet is lost."""

    def give_up(self, awaited: str) -> None:
        """Ends a connection whose client has let the server wait too long."""

    def drain(self) -> None:
        """The server stops: answers what has begun to arrive, and ends."""


AnyConnection = TypeVar("AnyConnection", bound=Connection)


def longest_idle(connections: Iterable[AnyConnection]) -> AnyConnection | None:
    """The connection that has waited longest for its client; one with a call in flight only if none waits."""
    waiting = [one for one in connections if not one.is_busy]
    return min(waiting or connections, key=lambda one: one.since, default=None)


def overdue(connection: Connection, limits: Limits, now: float) -> str | None:
    """Which wait for the client has lasted too long (what it `awaits`, or write); None: none has."""
    waited = now - connection.since
    if connection.is_unread(now, limits.write_seconds):
        return "write"
    if connection.is_busy:
        return None
    allowed = {
        "hello": limits.head_seconds,
        "idle": limits.idle_seconds,
        "head": limits.head_seconds,
        "body": limits.body_seconds,
    }
    return connection.awaits if waited > allowed[connection.awaits] else None
