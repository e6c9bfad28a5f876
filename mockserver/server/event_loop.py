"""Server loops: one thread for sockets and calls, or a thread for sockets and a pool for calls.

To waitress each is a task dispatcher: it receives the connections that have a call. The HTTP server of
another choice will replace this module.
"""

import logging
import threading
import time
from collections import deque
from typing import Any, Final

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.trigger import trigger

_log = logging.getLogger("mockserver")
_POLL_SECONDS: Final = 1.0  # then idle connections are looked for
_POLL_SECONDS_AT_END: Final = 0.002  # while the server stops
_GRACE: Final = 10.0  # seconds for calls in flight when the server stops
_JOIN_SECONDS: Final = 5.0  # seconds for a thread to end after its call


class Loop:
    """Polls sockets and runs calls on the same thread, one after another.

    A call that has to wait passes the loop to a new thread first, and its own thread ends with the call.
    """

    def __init__(self, sockets: dict[int, Any]) -> None:
        """`sockets` is waitress's map of the sockets that it polls."""
        self.sockets = sockets
        self._queue: deque[HTTPChannel] = deque()
        self._leader: threading.Thread | None = None
        self._threads: set[threading.Thread] = set()
        self._over = threading.Event()
        self._ended = threading.Event()
        self._deadline = 0.0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Runs in a new thread."""
        self._pass_on()

    def join(self, timeout: float | None = None) -> bool:
        """Waits until the loop has ended, in whichever thread; False after the timeout."""
        return self._ended.wait(timeout)

    def stop(self) -> None:
        """Accepts no more connections, ends waits, answers the calls in flight, and closes every socket."""
        with self._lock:  # otherwise the wakeup pipe could be closed and its number reused
            self._deadline = time.monotonic() + _GRACE
            self._over.set()
            for one in self._of_kind(trigger)[:1]:
                one.pull_trigger()
        if self._leader is None:
            self._end()
        elif not self.join(_GRACE + _JOIN_SECONDS):
            self._close()

    def add_task(self, channel: HTTPChannel) -> None:
        """Queues a connection that has a call."""
        self._queue.append(channel)

    def wait(self, seconds: float) -> None:
        """Waits within the call that this thread runs; ends early when the server stops."""
        if not self._over.is_set():
            self.yield_loop()
            self._over.wait(seconds)

    def yield_loop(self) -> None:
        """Passes the loop to another thread if this one runs it: it is about to wait."""
        if self._is_leader():
            self._pass_on()

    def wakeup(self, waker: trigger) -> None:
        """Wakes the loop; not needed from its own thread."""
        if not self._is_leader():
            waker.pull_trigger()

    def _is_leader(self) -> bool:
        return threading.current_thread() is self._leader

    def _pass_on(self) -> None:
        before = self._leader
        self._leader = threading.Thread(target=self._run, name="mockserver", daemon=True)
        try:
            self._leader.start()
        except RuntimeError:  # too many threads: the call fails, not the server
            self._leader = before
            raise

    def _run(self) -> None:
        own = threading.current_thread()
        self._threads.add(own)
        try:
            while self._is_leader() and self._run_once():
                pass
        finally:
            self._threads.discard(own)
            if self._is_leader():
                self._end()

    def _run_once(self) -> bool:
        """Polls the sockets once and runs the queued calls; False when the server has stopped."""
        over = (
            self._over.is_set()
        )  # read before polling, so that connections accepted before the stop are still answered
        self._poll(self._timeout(over))
        if over:
            self._close_listeners()
        for _ in range(len(self._queue)):
            if not self._is_leader():
                return False
            self._serve(self._queue.popleft())
        return not over or (self._is_busy() and time.monotonic() < self._deadline)

    def _timeout(self, over: bool) -> float:
        if self._queue or (over and not self._is_busy()):
            return 0.0
        return _POLL_SECONDS_AT_END if over else _POLL_SECONDS

    def _is_busy(self) -> bool:
        """Whether a connection has a call whose response is not sent completely."""
        return any(one.requests or one.total_outbufs_len for one in self._of_kind(HTTPChannel))

    def _poll(self, timeout: float) -> None:
        known = 0
        while known != len(self.sockets):  # accept all pending connections before running calls
            known = len(self.sockets)
            wasyncore.poll(timeout, self.sockets)
            timeout = 0.0

    def _serve(self, channel: HTTPChannel) -> None:
        try:
            channel.service()
        except (Exception, SystemExit):
            _log.exception("a call could not be answered")
            channel.cancel()

    def _close_listeners(self) -> None:
        for one in self._of_kind(BaseWSGIServer):
            # Only the listening socket: BaseWSGIServer.close() would close the trigger of open connections.
            wasyncore.dispatcher.close(one)

    def _end(self) -> None:
        for one in self._of_kind(HTTPChannel):
            one.handle_close()  # ends a call that waits for its client to read
        self._join_threads()
        self._close()
        self._ended.set()

    def _join_threads(self) -> None:
        """Waits for the threads that ran calls: they use the wakeup pipe until they end."""
        deadline = time.monotonic() + _JOIN_SECONDS
        for one in list(self._threads):
            one.join(max(0.0, deadline - time.monotonic()))

    def _close(self) -> None:
        with self._lock:
            wasyncore.close_all(self.sockets)

    def _of_kind(self, kind: type) -> list[Any]:
        return [one for one in list(self.sockets.values()) if isinstance(one, kind)]


class ThreadPoolLoop(Loop):
    """Polls sockets on one thread and runs calls in a pool, with a spare thread for each waiting call."""

    def __init__(self, sockets: dict[int, Any], count: int) -> None:
        super().__init__(sockets)
        self._count = count
        self._waiting = 0
        self._workers = ThreadedTaskDispatcher()

    def start(self) -> None:
        """Runs in a new thread, and starts the pool."""
        self._resize(0)
        super().start()

    def add_task(self, channel: HTTPChannel) -> None:
        """Queues a connection that has a call."""
        self._workers.add_task(channel)

    def wait(self, seconds: float) -> None:
        """Waits within the call that this thread runs; ends early when the server stops."""
        self._resize(1)
        try:
            self._over.wait(seconds)
        finally:
            self._resize(-1)

    def _resize(self, by: int) -> None:
        with self._lock:
            self._waiting += by
            if not self._over.is_set():  # a pool that was shut down would start again
                self._workers.set_thread_count(self._count + self._waiting)

    def _join_threads(self) -> None:
        self._workers.shutdown(timeout=_JOIN_SECONDS)
