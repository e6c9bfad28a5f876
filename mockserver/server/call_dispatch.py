"""Decides in which thread a call runs, and repeats there a call that would have had to wait elsewhere."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from queue import SimpleQueue
from typing import Any, Final, Protocol

from mockserver.call import WireReply
from mockserver.errors import WouldBlockError
from mockserver.formats.error_body import error_body
from mockserver.formats.sanitize import escape, format_traceback
from mockserver.server.http_request import HttpRequest
from mockserver.server.long_calls import LongCalls
from mockserver.server.wsgi_adapter import Environ
from mockserver.server.wsgi_call import WsgiReply, run_wsgi

HEALTH: Final = "/_mock/health"
"""The path that is answered at once, whatever else runs."""

_log = logging.getLogger("mockserver")
_SPARE_THREADS: Final = 4  # for the calls that the thread of the event loop cannot run

Answer = WireReply | WsgiReply
Done = Callable[[Any], None]


class Owner(Protocol):
    """The event loop, as the dispatch needs it."""

    def call_threadsafe(self, function: Callable[..., object], *arguments: Any) -> None:
        """Calls a function in the thread of the event loop, from any thread."""


class CallDispatch:
    """Runs calls: in the thread of the event loop, or in a pool of threads.

    With `threads`, all calls run in a pool of that size. Without, they run in the thread of the event loop,
    which never waits there for a lock: an `application` with the methods of `mockserver.app.Application`
    raises `WouldBlockError` instead, and the call is repeated in a thread that may wait (one of them at most
    waits for the same lock). So are calls that are expected to take long. A plain WSGI application runs in
    one thread.
    """

    def __init__(self, app: Any, threads: int, owner: Owner, server: Environ) -> None:
        """`server` are the members of the environ that are the same for all requests."""
        self._app = app
        is_ours = hasattr(app, "answer")
        self._no_waiting: Callable[[], AbstractContextManager[object]] = getattr(
            app, "no_waiting", nullcontext
        )
        self._long = LongCalls(app.call_key) if is_ours else None
        self._is_inline = not threads
        self._pool = ThreadPool(threads or _SPARE_THREADS)
        self._queues = LockQueues()
        self._owner = owner
        self._server = server | {"wsgi.multithread": bool(threads or is_ours)}

    def run(self, request: HttpRequest, done: Done) -> None:
        """Runs the call, and passes its reply to `done` in this thread, the event loop's; now or later."""
        if self._is_inline and not self._is_long(request):
            started = time.perf_counter()
            try:
                with self._no_waiting():
                    answer = self._answer(request)
            except WouldBlockError as error:
                self._queue(error.lock, request, done)
                return
            if self._long is not None:
                self._long.note(request, time.perf_counter() - started, in_loop=True)
            done(answer)
        else:
            self._pool.submit(self._run_in_pool, request, done)

    def run_part(self, reply: WsgiReply, done: Done) -> None:
        """Reads on in a response, in a thread of the same kind; passes None to `done` if that fails."""
        if self._is_inline:
            done(self._read_on(reply))
        else:
            self._pool.submit(lambda: self._owner.call_threadsafe(done, self._read_on(reply)))

    def refused(self, request: HttpRequest, status: int) -> None:
        """Tells the application of a request that the server itself has answered."""
        getattr(self._app, "on_refused", _ignore)(request, status)

    def end(self, seconds: float) -> None:
        """Runs no more calls; waits for those that run, but not longer than this."""
        self._pool.end(seconds)

    def _is_long(self, request: HttpRequest) -> bool:
        long = self._long
        return long is not None and long.is_expected(request) and request.path != HEALTH

    def _queue(self, lock: str, request: HttpRequest, done: Done) -> None:
        self._queues.enter(lock, lambda: self._pool.submit(self._run_waiting, lock, request, done))

    def _run_waiting(self, lock: str, request: HttpRequest, done: Done) -> None:
        """Runs a call that may wait for the lock; then it is the turn of the next one."""
        try:
            self._run_in_thread(request, done)
        finally:
            self._owner.call_threadsafe(self._queues.leave, lock)

    def _run_in_pool(self, request: HttpRequest, done: Done) -> None:
        """Runs a call, which queues for a lock without a thread; what waits for its process may wait here."""
        if not self._is_inline:
            self._run_in_thread(request, done)
            return
        try:
            with self._no_waiting():
                self._run_in_thread(request, done)
        except WouldBlockError as error:
            self._owner.call_threadsafe(self._queue, error.lock, request, done)

    def _run_in_thread(self, request: HttpRequest, done: Done) -> None:
        # The thread's own time: what it waits for others must not keep its next calls here.
        started = time.thread_time()
        answer = self._answer(request)
        self._owner.call_threadsafe(self._done, request, time.thread_time() - started, answer, done)

    def _done(self, request: HttpRequest, seconds: float, answer: Answer, done: Done) -> None:
        if self._long is not None and self._is_inline:
            self._long.note(request, seconds, in_loop=False)
        done(answer)

    def _read_on(self, reply: WsgiReply) -> bytes | None:
        try:
            return reply.read_on()
        except (Exception, SystemExit) as error:
            _log.error("a reply could not be completed\n%s", format_traceback(error))
            return None

    def _answer(self, request: HttpRequest) -> Answer:
        try:
            return answer(self._app, request, self._server)
        except WouldBlockError:
            raise
        except (Exception, SystemExit) as error:
            title = escape(f"{request.method} {request.target} failed")
            _log.error("%s: a call could not be answered\n%s", title, format_traceback(error))
            body = error_body("internal_error", "the call failed; the server's log says why")
            return WireReply(500, {"Content-Type": "application/json"}, body)


def answer(app: Any, request: HttpRequest, server: Environ) -> Answer:
    """The reply of an application: in the direct way if it has one and takes this request, else over WSGI."""
    direct: Callable[[HttpRequest], WireReply | None] | None = getattr(app, "answer", None)
    reply = direct(request) if direct is not None else None
    return run_wsgi(app, request, server) if reply is None else reply


def _ignore(_request: HttpRequest, _status: int) -> None:
    """Does nothing: most applications need not know of refused requests."""


class LockQueues:
    """Calls that wait for the same lock, one after another: only the first one has a thread.

    Otherwise a few calls to one busy world would hold all threads, and calls to other worlds would wait for
    it. Used in the thread of the event loop only.
    """

    def __init__(self) -> None:
        self._queues: dict[str, deque[Callable[[], object]]] = {}

    def __len__(self) -> int:
        return len(self._queues)

    def enter(self, lock: str, start: Callable[[], object]) -> None:
        """Starts a call when those that came before it for this lock have left.

        An error of `start`, as when the system has no thread left, leaves no queue behind.
        """
        if lock in self._queues:
            self._queues[lock].append(start)
            return
        self._queues[lock] = deque()
        try:
            start()
        except BaseException:
            self._queues.pop(lock, None)
            raise

    def leave(self, lock: str) -> None:
        """Notes that the call that was started last for this lock is done; starts the next one."""
        if self._queues[lock]:
            self._queues[lock].popleft()()
        else:
            del self._queues[lock]


class ThreadPool:
    """Threads that run calls, started as they are needed; the process does not wait for them at its end."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._jobs: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._busy = 0
        self._lock = threading.Lock()

    def submit(self, function: Callable[..., object], *arguments: Any) -> None:
        """Runs a function in one of the threads."""
        with self._lock:
            self._busy += 1
            if self._busy > len(self._threads) < self._count:
                thread = threading.Thread(target=self._work, name="mockserver-call", daemon=True)
                thread.start()
                self._threads.append(thread)
        self._jobs.put(lambda: function(*arguments))

    def end(self, seconds: float) -> None:
        """Ends the threads once their functions have returned, and waits for that so long at most."""
        deadline = time.monotonic() + seconds
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        while job := self._jobs.get():
            try:
                job()
            except BaseException as error:
                _log.error("a call could not be answered\n%s", format_traceback(error))
            finally:
                with self._lock:
                    self._busy -= 1
                del job
