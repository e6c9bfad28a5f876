"""Limits of connections: sizes, patience, number; and which connection has to go."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.server.http_protocol import HttpProtocol


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server accepts from a client, in bytes, and how long it waits for it, in seconds."""

    connections: int = 2_000
    """Open connections; for one more, the one that has waited longest for its client is closed."""
    target: int = 64 * 1024
    headers: int = 64 * 1024
    body: int = 64 * 1024 * 1024
    """At most; an application may accept less."""
    head_seconds: float = 30.0
    """From the first byte of a request to the end of its headers."""
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


def longest_idle(connections: Iterable["HttpProtocol"]) -> "HttpProtocol | None":
    """The connection that has waited longest for its client; one with a call in flight only if none waits."""
    waiting = [one for one in connections if not one.is_busy]
    return min(waiting or connections, key=lambda one: one.since, default=None)


def overdue(connection: "HttpProtocol", limits: Limits, now: float) -> str | None:
    """Which wait for the client has lasted too long: idle, head, body or write; None: none has."""
    waited = now - connection.since
    if connection.is_unread(now, limits.write_seconds):
        return "write"
    if connection.is_busy:
        return None
    allowed = {"idle": limits.idle_seconds, "head": limits.head_seconds, "body": limits.body_seconds}
    return connection.awaits if waited > allowed[connection.awaits] else None
