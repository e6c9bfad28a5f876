"""Decides in which thread a call runs, and repeats there a call that would have had to wait elsewhere."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final, Protocol

from mockserver.call import WireReply
from mockserver.errors import WouldBlockError
from mockserver.formats.error_body import error_body
from mockserver.formats.sanitize import escape, format_traceback
from mockserver.server.call_threads import LockQueues, ThreadPool
from mockserver.server.http_request import HttpRequest
from mockserver.server.long_calls import LONG_SECONDS, LongCalls
from mockserver.server.wsgi_adapter import Environ
from mockserver.server.wsgi_call import WsgiReply, run_wsgi

HEALTH: Final = "/_mock/health"
"""The path that is answered at once, whatever else runs."""

_log = logging.getLogger("mockserver")
_OTHER_THREADS_LOCALLY: Final = (4, 8)  # for calls that must leave the loop's thread; and helpers
_OTHER_THREADS: Final = (2, 2)  # as many need a connection to the database
_LONGEST_THREADS: Final = 4
_LONGEST_SECONDS: Final = 0.25  # a call that took so long has one of these threads the next time
_LONG_IN_THREADS: Final = 0.1  # of its own time: a call that took so long leaves the threads of short calls
_MOST_SECONDS: Final = 0.5  # by the clock

Answer = WireReply | WsgiReply
Done = Callable[[Any], None]


class Owner(Protocol):
    """The event loop, as the dispatch needs it."""

    def call_threadsafe(self, function: Callable[..., object], *arguments: Any) -> None:
        """Calls a function in the thread of the event loop, from any thread."""


@dataclass(slots=True)
class _Waiting:
    """A call that waits for a lock, and since when."""

    request: HttpRequest
    done: Done
    lock: str | None = None
    since: float = field(default_factory=time.monotonic)


class CallDispatch:
    """Runs calls: in the thread of the event loop, or in pools of threads.

    Without `threads`, calls run in the thread of the event loop, which never waits there for a lock: an
    `application` with the methods of `mockserver.app.Application` raises `WouldBlockError` instead, and the
    call is repeated in a thread that may wait. With `threads`, for a store that waits for another process,
    they take the place of the loop's: a call that would have to wait leaves them, and so does one that uses
    the store for more than half a second. Only health is answered in the loop's thread then.

    Calls that leave, or are expected to take long, have other threads: those that took very long the last
    time a share of their own. Of the calls that wait for one lock only the first has a thread, for a tenth
    of a second at a time. So neither long calls nor waiting ones, however many, hold up the others.

    A plain WSGI application runs in `threads` threads, or in one.
    """

    def __init__(self, app: Any, threads: int, owner: Owner, server: Environ) -> None:
        """`server` are the members of the environ that are the same for all requests."""
        self._app = app
        is_ours = hasattr(app, "answer")
        self._no_waiting: Callable[..., AbstractContextManager[object]] = getattr(
            app, "no_waiting", _unlimited
        )
        self._brief_waits: Callable[..., AbstractContextManager[object]] = getattr(
            app, "brief_waits", _unlimited
        )
        bound = _LONG_IN_THREADS if threads else LONG_SECONDS
        self._long = LongCalls(app.call_key, app.call_group, bound) if is_ours else None
        self._threads = ThreadPool(threads) if threads else None
        count, helpers = _OTHER_THREADS if threads else _OTHER_THREADS_LOCALLY
        self._others = ThreadPool(count, helpers)
        self._longest = ThreadPool(_LONGEST_THREADS)
        self._queues = LockQueues()
        self._owner = owner
        self._server = server | {"wsgi.multithread": bool(threads or is_ours)}

    def run(self, request: HttpRequest, done: Done) -> None:
        """Runs the call, and passes its reply to `done` in this thread, the event loop's; now or later."""
        if self._long is not None and request.path == HEALTH:
            self._run_in_loop(request, done, 0.0)
        elif self._is_long(request):
            self._pool_for(request).submit(self._run_in_pool, request, done, inf)
        elif self._threads is not None:
            self._threads.submit(self._run_in_pool, request, done, _MOST_SECONDS)
        else:
            self._run_in_loop(request, done, inf)

    def _run_in_loop(self, request: HttpRequest, done: Done, most_seconds: float) -> None:
        started = time.perf_counter()
        try:
            with self._no_waiting(most_seconds):
                answer = self._answer(request)
        except WouldBlockError as error:
            self._put_off(_Waiting(request, done), error)
            return
        if self._long is not None:
            self._long.note(request, time.perf_counter() - started, in_place=True)
        done(answer)

    def run_part(self, reply: WsgiReply, done: Done) -> None:
        """Reads on in a response, in a thread of the same kind; passes None to `done` if that fails."""
        if self._threads is None:
            done(self._read_on(reply))
        else:
            self._threads.submit(lambda: self._owner.call_threadsafe(done, self._read_on(reply)))

    def refused(self, request: HttpRequest, status: int) -> None:
        """Tells the application of a request that the server itself has answered."""
        getattr(self._app, "on_refused", _ignore)(request, status)

    def end(self, seconds: float) -> None:
        """Runs no more calls; waits for those that run, but not longer than this."""
        deadline = time.monotonic() + seconds
        for pool in filter(None, (self._threads, self._others, self._longest)):
            pool.end(max(0.0, deadline - time.monotonic()))

    def _is_long(self, request: HttpRequest) -> bool:
        return self._long is not None and self._long.is_expected(request)

    def _pool_for(self, request: HttpRequest) -> ThreadPool:
        is_longest = self._long is not None and self._long.is_expected(request, _LONGEST_SECONDS)
        return self._longest if is_longest else self._others

    def _put_off(self, waiting: "_Waiting", error: WouldBlockError) -> None:
        """Runs a call later that could not be carried out where it was."""
        waiting.lock = error.lock
        if error.lock is not None:
            self._queues.enter(error.lock, lambda: self._start(waiting))
            return
        if self._long is not None:
            self._long.note(waiting.request, _MOST_SECONDS, in_place=True)
        self._pool_for(waiting.request).submit(self._run_in_pool, waiting.request, waiting.done, inf)

    def _start(self, waiting: "_Waiting") -> None:
        """Runs the first of the calls that wait for a lock."""
        self._pool_for(waiting.request).submit(self._run_waiting, waiting)

    def _run_waiting(self, waiting: "_Waiting") -> None:
        """Runs a call that waits for its lock, but briefly: it is tried again after those of other locks."""
        try:
            with self._brief_waits(waiting.since):
                self._run_in_thread(waiting.request, waiting.done)
        except WouldBlockError as error:
            self._owner.call_threadsafe(self._wait_on, waiting, error)
        except BaseException:
            self._owner.call_threadsafe(self._queues.leave, waiting.lock)
            raise
        else:
            self._owner.call_threadsafe(self._queues.leave, waiting.lock)

    def _wait_on(self, waiting: "_Waiting", error: WouldBlockError) -> None:
        if error.lock == waiting.lock:
            self._start(waiting)
        else:
            self._queues.leave(waiting.lock or "")
            self._put_off(waiting, error)

    def _run_in_pool(self, request: HttpRequest, done: Done, most_seconds: float) -> None:
        """Runs a call, which queues for a lock without a thread."""
        try:
            with self._no_waiting(most_seconds):
                self._run_in_thread(request, done, in_place=most_seconds != inf)
        except WouldBlockError as error:
            self._owner.call_threadsafe(self._put_off, _Waiting(request, done), error)

    def _run_in_thread(self, request: HttpRequest, done: Done, *, in_place: bool = False) -> None:
        # The thread's own time: what it waits for others must not keep its next calls here.
        started = time.thread_time()
        answer = self._answer(request)
        seconds = time.thread_time() - started
        self._owner.call_threadsafe(self._done, request, seconds, in_place, answer, done)

    def _done(self, request: HttpRequest, seconds: float, in_place: bool, answer: Answer, done: Done) -> None:
        if self._long is not None:
            self._long.note(request, seconds, in_place=in_place)
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
            redact: Callable[[str], str] = getattr(self._app, "redact", str)
            title = escape(redact(f"{request.method} {request.target} failed"))
            trace = redact(format_traceback(error))
            _log.error("%s: a call could not be answered\n%s", title, trace)
            body = error_body("internal_error", "the call failed; the server's log says why")
            return WireReply(500, {"Content-Type": "application/json"}, body)


def answer(app: Any, request: HttpRequest, server: Environ) -> Answer:
    """The reply of an application: in the direct way if it has one and takes this request, else over WSGI."""
    direct: Callable[[HttpRequest], WireReply | None] | None = getattr(app, "answer", None)
    reply = direct(request) if direct is not None else None
    return run_wsgi(app, request, server) if reply is None else reply


def _unlimited(_seconds: float) -> AbstractContextManager[object]:
    return nullcontext()


def _ignore(_request: HttpRequest, _status: int) -> None:
    """Does nothing: most applications need not know of refused requests."""
