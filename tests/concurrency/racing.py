"""Many callers at once, and what each of them saw."""

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

PATIENCE = 60.0
"""Seconds before a test gives up on a caller."""

T = TypeVar("T")


def race(*works: Callable[[], T]) -> list[T]:
    """What each of these gives, all begun at the same moment, each in a thread of its own."""
    gate = Barrier(len(works), timeout=PATIENCE)

    def begin(work: Callable[[], T]) -> T:
        gate.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result(PATIENCE) for done in [pool.submit(begin, work) for work in works]]


class Caller:
    """One client of one vendor in one world, with a connection of its own."""

    def __init__(self, world: World, vendor: str) -> None:
        parts = urlsplit(world.url(vendor))
        assert parts.hostname
        self._connection = HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
        self._path = parts.path
        self._headers = {**world.headers(vendor), "Content-Type": "application/json"}

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and body of the answer."""
        payload = None if body is None else json.dumps(body).encode()
        self._connection.request(method, self._path + path, payload, self._headers)
        reply = self._connection.getresponse()
        content = reply.read()
        return reply.status, json.loads(content) if content else None

    def good(self, method: str, path: str, body: object = None) -> Any:
        """The body of an answer that has to be good."""
        status, content = self.send(method, path, body)
        assert 200 <= status < 300, (status, content)
        return content


def seen(calls: Iterable[Any], perform: Callable[[Any], Any]) -> list[Event]:
    """What one caller saw of its calls, one after the other."""
    events = []
    for call in calls:
        began = time.perf_counter_ns()
        answer = perform(call)
        events.append(Event(began, time.perf_counter_ns(), call, answer))
    return events


def dealt(worlds: Sequence[World], vendor: str, number: int) -> list[Caller]:
    """That many callers, shared out among the servers of one world."""
    return [Caller(worlds[one % len(worlds)], vendor) for one in range(number)]
