"""Concurrent callers, and a record of their calls."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Barrier
from typing import Any, TypeVar
from urllib.parse import urlsplit

from mockserver.client import World
from tests.concurrency.linearizability import Event

TIMEOUT = 60.0
"""Seconds that a test waits for a caller."""

T = TypeVar("T")


def race(*works: Callable[[], T]) -> list[T]:
    """Runs the functions in one thread each, started at the same time; returns their results."""
    gate = Barrier(len(works), timeout=TIMEOUT)

    def start(work: Callable[[], T]) -> T:
        gate.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result(TIMEOUT) for done in [pool.submit(start, work) for work in works]]


class Caller:
    """A client of one vendor in one world, with its own connection."""

    def __init__(self, world: World, vendor: str) -> None:
        parts = urlsplit(world.url(vendor))
        assert parts.hostname
        self._connection = HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT)
        self._path = parts.path
        self._headers = {**world.headers(vendor), "Content-Type": "application/json"}

    def __del__(self) -> None:
        """Closes the connection: pytest reports an unclosed socket as an error."""
        self._connection.close()

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Sends a call; returns status and body of the reply."""
        payload = None if body is None else json.dumps(body).encode()
        self._connection.request(method, self._path + path, payload, self._headers)
        reply = self._connection.getresponse()
        content = reply.read()
        return reply.status, json.loads(content) if content else None

    def send_ok(self, method: str, path: str, body: object = None) -> Any:
        """Sends a call that must succeed; returns the body of the reply."""
        status, content = self.send(method, path, body)
        assert 200 <= status < 300, (status, content)
        return content


def record_events(calls: Iterable[Any], send: Callable[[Any], Any]) -> list[Event]:
    """Makes the calls of one caller in turn; returns them as events."""
    events = []
    for call in calls:
        began = time.perf_counter_ns()
        answer = send(call)
        events.append(Event(began, time.perf_counter_ns(), call, answer))
    return events


def create_callers(worlds: Sequence[World], vendor: str, number: int) -> list[Caller]:
    """This many callers, distributed over the servers of one world."""
    return [Caller(worlds[one % len(worlds)], vendor) for one in range(number)]
