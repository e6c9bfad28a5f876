"""Pre-fork worker supervisor: restarts dead workers, shuts down together."""

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from threading import Event
from typing import Any, Final, Protocol

from mockserver.errors import WorkerCrashLoopError
from mockserver.formats.sanitize import format_traceback
from mockserver.server.http_server import ServableApp, serve_forever

_log = logging.getLogger("mockserver")
_POLL_SECONDS: Final = 0.1  # seconds
_MAX_FAILED_STARTS: Final = 5  # in a row
_PID_BYTES: Final = 4
_GRACE: Final = 20.0  # seconds for a worker to answer the calls in flight


class ClosableApp(ServableApp, Protocol):
    """A WSGI application that holds resources."""

    def close(self) -> None:
        """Releases them."""


def serve_prefork(
    count: int,
    application: Callable[[], ClosableApp],
    sockets: list[socket.socket],
    ready: Callable[[], None],
    stop: Event,
    **options: Any,
) -> None:
    """Serves listening sockets from `count` processes until `stop` is set.

    Each process creates its application; `ready` is called once all of them respond; `options` are those of
    `Server`.
    Raises `WorkerCrashLoopError`, and what creating the application raises.
    """
    # Once beforehand, in one process: errors are raised here, and the store is prepared.
    application().close()

    def serve(*events: Any) -> None:
        with closing(application()) as app:
            serve_forever(app, sockets, *events, **options)

    workers = Supervisor(count, serve, lambda: _close(sockets))
    workers.start()
    try:
        ready()
    finally:
        workers.watch(stop)


class Supervisor:
    """Starts workers, restarts those that die, and ends them all.

    `serve` is what a worker runs, given two functions and an event: it calls the first when it can respond,
    and returns after the second has returned, which setting the event ends. A worker that ends by an error is
    replaced as well.
    """

    def __init__(
        self,
        count: int,
        serve: Callable[[Callable[[], None], Event, Callable[[], None]], None],
        before_end: Callable[[], None] = lambda: None,
    ) -> None:
        """`before_end` is called before the workers are stopped."""
        self._count = count
        self._serve = serve
        self._before_end = before_end
        self._alive: set[int] = set()
        self._ready: set[int] = set()
        self._failed_starts = 0
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)

    def start(self) -> None:
        """Starts the workers, and waits until each can respond. Raises `WorkerCrashLoopError`."""
        for _ in range(self._count):
            self._fork()
        while len(self._ready) < self._count:
            time.sleep(_POLL_SECONDS / 10)
            self._check()

    def watch(self, stop: Event) -> None:
        """Restarts dead workers until `stop` is set, then ends all. Raises `WorkerCrashLoopError`."""
        try:
            while not stop.wait(_POLL_SECONDS):
                self._check()
        finally:
            self.end()

    def end(self) -> None:
        """Stops all workers; kills those that do not stop in time."""
        self._before_end()
        for number, patience in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, _GRACE)):
            if number == signal.SIGKILL and self._alive:
                _log.warning(
                    "workers that did not end in %g seconds are killed: %d", _GRACE, len(self._alive)
                )
            for child in list(self._alive):
                with suppress(ProcessLookupError):
                    os.kill(child, number)
            deadline = time.monotonic() + patience
            while self._alive and time.monotonic() < deadline:
                self._reap()
                time.sleep(_POLL_SECONDS / 10)

    def _fork(self) -> None:
        sys.stdout.flush()
        parent = os.getpid()
        # A signal to stop is for the child's own handler: the inherited one would take it, in vain.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        child = os.fork()
        if child == 0:
            os._exit(self._work(parent, blocked))
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        self._alive.add(child)

    def _work(self, parent: int, blocked: set[int]) -> int:
        stop = Event()
        # Ctrl-C reaches the whole process group: the supervisor decides when to stop.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        try:
            self._serve(self._report_ready, stop, lambda: _wait(stop, parent))
        except BaseException as error:
            _log.error("a worker failed\n%s", format_traceback(error))
            return 1
        return 0

    def _report_ready(self) -> None:
        os.write(self._writer, os.getpid().to_bytes(_PID_BYTES))

    def _check(self) -> None:
        """Notes which workers are ready, and restarts dead ones."""
        with suppress(BlockingIOError):
            data = os.read(self._reader, 1024 * _PID_BYTES)
            ready = {int.from_bytes(data[at : at + _PID_BYTES]) for at in range(0, len(data), _PID_BYTES)}
            self._ready |= ready & self._alive
            self._failed_starts = 0
        for child, status in self._reap():
            # A killed worker could have served; one that exits before it is ready will do so again.
            self._failed_starts += child not in self._ready and os.WIFEXITED(status)
            self._ready.discard(child)
            if self._failed_starts > _MAX_FAILED_STARTS:
                self.end()
                raise WorkerCrashLoopError(
                    "workers exit before they can respond; serve without --workers to see the error"
                )
            self._fork()

    def _reap(self) -> list[tuple[int, int]]:
        """The workers that have ended, each with its status."""
        ended = [os.waitpid(child, os.WNOHANG) for child in self._alive]
        dead = [(child, status) for child, status in ended if child]
        self._alive.difference_update(child for child, _status in dead)
        for child, status in dead:
            if os.WIFSIGNALED(status):  # it could not say so itself
                _log.error("a worker (process %d) was ended by %s", child, _name_of(os.WTERMSIG(status)))
        return dead


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


def _close(sockets: list[socket.socket]) -> None:
    """Closes this process's copies: clients could connect while a worker drains, and get no answer."""
    for one in sockets:
        one.close()


def _wait(stop: Event, parent: int) -> None:
    """Waits for `stop`, or for the end of the supervisor: nothing else would stop the worker."""
    while not stop.wait(_POLL_SECONDS) and os.getppid() == parent:
        pass
