"""Who runs the server's loop and does its calls: one thread both, or a thread the loop and others the calls.

To waitress each is a task dispatcher: it is given the connections that have a call.
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
_TURN: Final = 1.0  # seconds after which connections that nobody used for long are looked for
_LAST_TURN: Final = 0.002  # once the server is to stop
_GRACE: Final = 10.0  # seconds that calls in flight have when the server stops
_FAREWELL: Final = 5.0  # seconds that a thread which had one then has to end


class Loop:
    """Hears the sockets and does their calls in between: one after another, in one thread.

    A call that has to wait hands the loop on to a new thread first, and its own thread ends with it.
    """

    def __init__(self, sockets: dict[int, Any]) -> None:
        """`sockets` is waitress's map of all that it listens to."""
        self.sockets = sockets
        self._queue: deque[HTTPChannel] = deque()
        self._leader: threading.Thread | None = None
        self._threads: set[threading.Thread] = set()
        self._over = threading.Event()
        self._ended = threading.Event()
        self._deadline = 0.0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Runs in a thread of its own."""
        self._hand_on()

    def join(self, timeout: float | None = None) -> bool:
        """Waits until it has ended, whoever runs it by then; False if it takes longer."""
        return self._ended.wait(timeout)

    def stop(self) -> None:
        """Takes no more connections, lets nobody wait, answers what is in flight, and closes every socket."""
        with self._lock:  # or the pipe that wakes the loop could be closed, and another file have its number
            self._deadline = time.monotonic() + _GRACE
            self._over.set()
            for one in self._of_kind(trigger)[:1]:
                one.pull_trigger()
        if self._leader is None:
            self._end()
        elif not self.join(_GRACE + _FAREWELL):
            self._close()

    def add_task(self, channel: HTTPChannel) -> None:
        """A call has come on a connection, or was waiting there for the one before it."""
        self._queue.append(channel)

    def wait(self, seconds: float) -> None:
        """The call's that this thread does: lets so much time pass, unless the server is stopped."""
        if not self._over.is_set():
            self.yield_loop()
            self._over.wait(seconds)

    def yield_loop(self) -> None:
        """Makes somebody else run the loop if it is this thread that does: it is about to wait."""
        if self._is_mine():
            self._hand_on()

    def wakeup(self, waker: trigger) -> None:
        """Has the loop look at its connections; what its own thread did it sees anyway."""
        if not self._is_mine():
            waker.pull_trigger()

    def _is_mine(self) -> bool:
        return threading.current_thread() is self._leader

    def _hand_on(self) -> None:
        before = self._leader
        self._leader = threading.Thread(target=self._run, name="mockserver", daemon=True)
        try:
            self._leader.start()
        except RuntimeError:  # there are too many threads: the call fails, not the server
            self._leader = before
            raise

    def _run(self) -> None:
        own = threading.current_thread()
        self._threads.add(own)
        try:
            while self._is_mine() and self._turn():
                pass
        finally:
            self._threads.discard(own)
            if self._is_mine():
                self._end()

    def _turn(self) -> bool:
        """Hears who has come and answers them; False once the server is to stop and nobody is left."""
        over = self._over.is_set()  # before the sockets are heard: who came before the end is answered
        self._hear(self._patience(over))
        if over:
            self._close_doors()
        for _ in range(len(self._queue)):
            if not self._is_mine():
                return False
            self._do(self._queue.popleft())
        return not over or (self._is_busy() and time.monotonic() < self._deadline)

    def _patience(self, over: bool) -> float:
        if self._queue or (over and not self._is_busy()):
            return 0.0
        return _LAST_TURN if over else _TURN

    def _is_busy(self) -> bool:
        """Whether there is a connection with a call that is not answered to its last byte."""
        return any(one.requests or one.total_outbufs_len for one in self._of_kind(HTTPChannel))

    def _hear(self, timeout: float) -> None:
        known = 0
        while known != len(self.sockets):  # whoever stands at the door comes in before calls are done
            known = len(self.sockets)
            wasyncore.poll(timeout, self.sockets)
            timeout = 0.0

    def _do(self, channel: HTTPChannel) -> None:
        try:
            channel.service()
        except (Exception, SystemExit):
            _log.exception("a call could not be answered")
            channel.cancel()

    def _close_doors(self) -> None:
        for one in self._of_kind(BaseWSGIServer):
            # Only the socket: waitress's own way would take the waker of open connections with it.
            wasyncore.dispatcher.close(one)

    def _end(self) -> None:
        for one in self._of_kind(HTTPChannel):
            one.handle_close()  # who waits for the client to read on hears that it is over
        self._dismiss()
        self._close()
        self._ended.set()

    def _dismiss(self) -> None:
        """Waits for those who did calls: whoever has answered still needs what wakes the loop."""
        deadline = time.monotonic() + _FAREWELL
        for one in list(self._threads):
            one.join(max(0.0, deadline - time.monotonic()))

    def _close(self) -> None:
        with self._lock:
            wasyncore.close_all(self.sockets)

    def _of_kind(self, kind: type) -> list[Any]:
        return [one for one in list(self.sockets.values()) if isinstance(one, kind)]


class ThreadPoolLoop(Loop):
    """Runs the loop alone and hands the calls to workers; a spare one takes the place of whoever waits."""

    def __init__(self, sockets: dict[int, Any], count: int) -> None:
        super().__init__(sockets)
        self._count = count
        self._waiting = 0
        self._workers = ThreadedTaskDispatcher()

    def start(self) -> None:
        """Runs in a thread of its own, and has the workers come."""
        self._resize(0)
        super().start()

    def add_task(self, channel: HTTPChannel) -> None:
        """A call has come on a connection, or was waiting there for the one before it."""
        self._workers.add_task(channel)

    def wait(self, seconds: float) -> None:
        """The call's that this thread does: lets so much time pass, unless the server is stopped."""
        self._resize(1)
        try:
            self._over.wait(seconds)
        finally:
            self._resize(-1)

    def _resize(self, by: int) -> None:
        with self._lock:
            self._waiting += by
            if not self._over.is_set():  # workers that were dismissed would come back to life
                self._workers.set_thread_count(self._count + self._waiting)

    def _dismiss(self) -> None:
        self._workers.shutdown(timeout=_FAREWELL)
