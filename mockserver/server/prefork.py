"""Several processes that serve the same sockets: one that dies is replaced, and all stop together."""

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from typing import Final, Protocol

from mockserver.errors import WorkerCrashLoopError
from mockserver.formats.sanitize import format_traceback
from mockserver.server.http_server import ServableApp, serve_forever

_log = logging.getLogger("mockserver")
_LOOK_EVERY: Final = 0.1  # seconds
_MOST_STILLBORN: Final = 5  # in a row
_PID: Final = 4  # bytes
_GRACE: Final = 20.0  # seconds that a worker has to answer the calls in flight


class ClosableApp(ServableApp, Protocol):
    """A WSGI application that has something to let go of."""

    def close(self) -> None:
        """Lets go of it."""


def serve_prefork(
    count: int,
    application: Callable[[], ClosableApp],
    sockets: list[socket.socket],
    ready: Callable[[], None],
    stop: Event,
) -> None:
    """Serves listening sockets from `count` processes until `stop` is set.

    Each process creates its application; `ready` is called once all of them respond.
    Raises `WorkerCrashLoopError`, and what creating the application raises.
    """
    # Once beforehand, in one process alone: what cannot be served is told here, and the store is prepared.
    application().close()
    workers = Supervisor(count, lambda ready, wait: serve_forever(application(), sockets, ready, wait))
    workers.start()
    try:
        ready()
    finally:
        workers.watch(stop)


class Supervisor:
    """`serve` is what a worker does, given two functions: one to call when it can answer, and one that
    returns when it is time to stop.
    """

    def __init__(self, count: int, serve: Callable[[Callable[[], None], Callable[[], None]], None]) -> None:
        self._count = count
        self._serve = serve
        self._living: set[int] = set()
        self._ready: set[int] = set()
        self._stillborn = 0
        self._heard, self._told = os.pipe()
        os.set_blocking(self._heard, False)

    def start(self) -> None:
        """Starts them, and waits until each can answer. Raises `WorkerCrashLoopError`."""
        for _ in range(self._count):
            self._fork()
        while len(self._ready) < self._count:
            time.sleep(_LOOK_EVERY / 10)
            self._look()

    def watch(self, stop: Event) -> None:
        """Replaces whoever dies until `stop` is set, then ends all. Raises `WorkerCrashLoopError`."""
        try:
            while not stop.wait(_LOOK_EVERY):
                self._look()
        finally:
            self.end()

    def end(self) -> None:
        """Has all of them stop, in peace if they do so in time."""
        for number, patience in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, _GRACE)):
            for child in list(self._living):
                with suppress(ProcessLookupError):
                    os.kill(child, number)
            deadline = time.monotonic() + patience
            while self._living and time.monotonic() < deadline:
                self._bury()
                time.sleep(_LOOK_EVERY / 10)

    def _fork(self) -> None:
        sys.stdout.flush()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            os._exit(self._work(parent))
        self._living.add(child)

    def _work(self, parent: int) -> int:
        stop = Event()
        # Ctrl-C reaches the whole group: it is for the one who watches to say when to stop.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        try:
            self._serve(self._tell_ready, lambda: _wait(stop, parent))
        except BaseException as error:
            _log.error("a worker failed\n%s", format_traceback(error))
            return 1
        return 0

    def _tell_ready(self) -> None:
        os.write(self._told, os.getpid().to_bytes(_PID))

    def _look(self) -> None:
        """Hears who is ready, and replaces who is dead."""
        with suppress(BlockingIOError):
            said = os.read(self._heard, 1024 * _PID)
            who = {int.from_bytes(said[at : at + _PID]) for at in range(0, len(said), _PID)}
            self._ready |= who & self._living
            self._stillborn = 0
        for child, status in self._bury():
            # Whom somebody kills could have served; whoever gives up by himself will do so again.
            self._stillborn += child not in self._ready and os.WIFEXITED(status)
            self._ready.discard(child)
            if self._stillborn > _MOST_STILLBORN:
                self.end()
                raise WorkerCrashLoopError(
                    "workers die before they can answer; serve without --workers to see why"
                )
            self._fork()

    def _bury(self) -> list[tuple[int, int]]:
        """Those that are dead now, and how they ended."""
        ended = [os.waitpid(child, os.WNOHANG) for child in self._living]
        dead = [(child, status) for child, status in ended if child]
        self._living.difference_update(child for child, _status in dead)
        return dead


def _wait(stop: Event, parent: int) -> None:
    """Also ends once the process that watches is gone: nobody else would ever stop a worker."""
    while not stop.wait(_LOOK_EVERY) and os.getppid() == parent:
        pass
