"""Where calls run: in the loop's thread unless they would wait or take long."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from typing import Any

import pytest
import requests

from mockserver.app import Application, create_app
from mockserver.call import WireReply
from mockserver.errors import WouldBlockError
from mockserver.server.call_threads import LockQueues, ThreadPool
from mockserver.server.http_request import HttpRequest
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario
from tests.server.wire import PATIENCE, connected, get, parse, serving, until_closed


class App:
    """An application with locks that calls below `/locked` need, and a note of the threads of all calls."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.locks: dict[str, threading.Lock] = {"/locked": self.lock}
        self.waiting = threading.local()
        self.ran: list[tuple[str, str]] = []
        self.seconds: dict[str, float] = {}
        self.held: dict[str, threading.Event] = {}
        self.holding = 0
        self.blocked = 0
        self.bodies: list[bytes] = []
        self.arrived: set[bytes] = set()

    @contextmanager
    def no_waiting(self, _seconds: float) -> Iterator[None]:
        self.waiting.seconds = 0
        try:
            yield
        finally:
            self.waiting.seconds = -1

    @contextmanager
    def brief_waits(self, _since: float) -> Iterator[None]:
        self.waiting.seconds = 0.1
        try:
            yield
        finally:
            self.waiting.seconds = -1

    def answer(self, request: HttpRequest) -> WireReply | None:
        thread = "pool" if "call" in threading.current_thread().name else "loop"
        if lock := self.locks.get(request.path):
            seconds = getattr(self.waiting, "seconds", -1)
            if not (lock.acquire(timeout=seconds) if seconds else lock.acquire(blocking=False)):
                self.blocked += not seconds
                raise WouldBlockError(request.path)
            lock.release()
        _work(self.seconds.get(request.path, 0))
        if held := self.held.get(request.path):
            self.holding += 1
            assert held.wait(2 * PATIENCE)
        self.ran.append((request.path, thread))
        self.bodies.append(request.body)
        return WireReply(200, {}, request.path.encode() + request.body)

    def call_key(self, request: HttpRequest) -> tuple[str, ...]:
        self.arrived.add(request.body)
        return (request.path,)

    def call_group(self, _request: HttpRequest) -> str:
        return ""

    def __call__(self, *_: Any) -> Any:
        raise AssertionError("every call is answered directly")


def _work(seconds: float) -> None:
    """Uses the processor so long."""
    started = time.thread_time()
    while time.thread_time() - started < seconds:
        pass


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def server(app: App) -> Iterator[Server]:
    with serving(app) as server:
        yield server


def call(server: Server, path: str, body: bytes = b"") -> str:
    return requests.post(server.url + path, data=body, timeout=PATIENCE).text


def test_a_call_that_would_wait_is_repeated_in_a_thread(app: App, server: Server) -> None:
    with ThreadPoolExecutor(1) as pool:
        with app.lock:
            waiting = pool.submit(call, server, "/locked", b" with its body")
            time.sleep(0.1)
            assert call(server, "/free") == "/free"
            assert not waiting.done()
        assert waiting.result() == "/locked with its body"
    assert app.ran == [("/free", "loop"), ("/locked", "pool")]


def test_a_long_call_runs_in_a_thread_from_the_second_time_on_until_it_is_short(
    app: App, server: Server
) -> None:
    app.seconds["/long"] = 0.05
    for _ in range(3):
        call(server, "/long")
    app.seconds["/long"] = 0
    for _ in range(2):
        call(server, "/long")
    assert [thread for _path, thread in app.ran] == ["loop", "pool", "pool", "pool", "loop"]


def test_health_runs_in_the_loop_however_long_it_takes(app: App, server: Server) -> None:
    app.seconds["/_mock/health"] = 0.05
    for _ in range(3):
        call(server, "/_mock/health")
    assert {thread for _path, thread in app.ran} == {"loop"}


def test_a_long_call_holds_up_only_its_own_connection(app: App, server: Server) -> None:
    app.seconds["/long"] = 0.05
    call(server, "/long")
    app.held["/long"] = threading.Event()
    with connected(server, get("/long"), get("/after", "Connection: close")) as line:
        assert call(server, "/quick") == "/quick"
        assert [path for path, _thread in app.ran] == ["/long", "/quick"]
        app.held["/long"].set()
        assert [reply.body for reply in parse(until_closed(line))] == [b"/long", b"/after"]


@pytest.mark.parametrize("is_long", [False, True])
def test_calls_that_wait_for_one_lock_take_one_thread_and_their_turn(
    app: App, server: Server, is_long: bool
) -> None:
    """Also those that are expected to take long, and thus run in a thread from the start."""
    app.seconds = {"/long": 0.05, "/locked": 0.05 if is_long else 0}
    for path in app.seconds:
        call(server, path)
    app.bodies.clear()
    with ThreadPoolExecutor(8) as pool:
        with app.lock:
            waiting = []
            for number in range(8):
                waiting.append(pool.submit(call, server, "/locked", b"%d" % number))
                _until(lambda: app.blocked > number)  # noqa: B023 - called in this turn only
            assert call(server, "/long") == "/long"
            assert not [one for one in waiting if one.done()]
        assert [one.result() for one in waiting] == [f"/locked{number}" for number in range(8)]
    assert app.bodies == [b"", *(b"%d" % number for number in range(8))], "first come, first served"


def test_calls_that_wait_for_many_locks_hold_up_no_other_call(app: App, server: Server) -> None:
    """Neither one that waits for yet another lock, nor a long one: there are fewer threads than locks."""
    app.locks |= {f"/locked/{number}": threading.Lock() for number in range(20)}
    app.seconds["/long"] = 0.05
    call(server, "/long")
    held = list(app.locks.values())
    with ThreadPoolExecutor(len(held)) as pool:
        for lock in held:
            lock.acquire()
        waiting = {path: pool.submit(call, server, path) for path in app.locks}
        _until(lambda: app.blocked == len(held))
        assert call(server, "/long") == "/long"
        app.lock.release()
        assert waiting.pop("/locked").result(PATIENCE) == "/locked"
        assert not [one for one in waiting.values() if one.done()]
        for lock in held[1:]:
            lock.release()
        assert {path: one.result() for path, one in waiting.items()} == {path: path for path in waiting}


def test_very_long_calls_hold_up_no_call_that_is_merely_long(app: App, server: Server) -> None:
    app.seconds |= {"/longest": 0.3, "/long": 0.02}
    for path in app.seconds:
        call(server, path)
    app.seconds.clear()
    app.held["/longest"] = released = threading.Event()
    with ThreadPoolExecutor(12) as pool:
        longest = [pool.submit(call, server, "/longest", b"%d" % number) for number in range(12)]
        _until(lambda: app.holding == 4 and len(app.arrived) == 1 + len(longest))
        assert call(server, "/long") == "/long"
        assert not [one for one in longest if one.done()]
        released.set()
        assert [one.result() for one in longest] == [f"/longest{number}" for number in range(12)]


def test_a_lock_is_forgotten_when_nobody_waits_for_it() -> None:
    queues, started = LockQueues(), list[int]()
    for number in range(3):
        queues.enter("x", partial(started.append, number))
    queues.enter("y", partial(started.append, 9))
    assert started == [0, 9]
    for _ in range(3):
        queues.leave("x")
    assert (started, len(queues)) == ([0, 9, 1, 2], 1)
    queues.leave("y")
    assert len(queues) == 0


def test_a_call_that_cannot_start_leaves_no_queue_behind() -> None:
    queues, started = LockQueues(), list[int]()

    def fail() -> None:
        raise RuntimeError("can't start new thread")

    with pytest.raises(RuntimeError):
        queues.enter("x", fail)
    queues.enter("x", partial(started.append, 1))
    assert (started, len(queues)) == ([1], 1)


def test_a_pool_starts_only_the_threads_that_it_needs() -> None:
    pool = ThreadPool(3)
    before = threading.active_count()
    done: list[int] = []
    for number in range(20):
        pool.submit(done.append, number)
        time.sleep(0.002)
    pool.end(PATIENCE)
    assert sorted(done) == list(range(20))
    assert threading.active_count() == before


def test_helpers_come_when_all_threads_are_busy_for_long_and_go_when_nothing_waits() -> None:
    pool, may_end, seen = ThreadPool(2, helpers=2, help_after=0.01), threading.Event(), SimpleQueue[int]()
    before = threading.active_count()

    def work(number: int) -> None:
        seen.put(number)
        assert may_end.wait(PATIENCE)

    for number in range(5):
        pool.submit(work, number)
    assert sorted(seen.get(timeout=PATIENCE) for _ in range(4)) == [0, 1, 2, 3]
    assert threading.active_count() == before + 4
    may_end.set()
    assert seen.get(timeout=PATIENCE) == 4
    _until(lambda: threading.active_count() == before + 2)
    pool.end(PATIENCE)
    assert threading.active_count() == before


def test_a_pool_survives_what_it_runs(caplog: pytest.LogCaptureFixture) -> None:
    pool, done = ThreadPool(1), threading.Event()
    pool.submit(lambda: 1 / 0)
    pool.submit(done.set)
    assert done.wait(PATIENCE)
    pool.end(PATIENCE)
    assert "ZeroDivisionError" in caplog.text


# The project's own application


@pytest.fixture
def own() -> Iterator[tuple[Application, Server]]:
    application = create_app(load_scenario("empty"), kept_replies=False)
    with serving(application) as server:
        yield application, server


def _failing_once(monkeypatch: pytest.MonkeyPatch, where: str) -> list[str]:
    """Makes a function raise `WouldBlockError` in the loop's thread; the threads that called it."""
    module, _, name = where.rpartition(".")
    original: Callable[..., Any] = getattr(__import__(module, fromlist=[name]), name)
    threads: list[str] = []

    def fail(*arguments: Any, **options: Any) -> Any:
        threads.append(threading.current_thread().name)
        if threads[-1] == "mockserver":
            raise WouldBlockError("x")
        return original(*arguments, **options)

    monkeypatch.setattr(where, fail)
    return threads


@pytest.mark.parametrize(
    ("where", "path", "status"),
    [
        ("mockserver.pipeline.handler.find_world", "/ortto/v1/audiences/get", 200),
        ("mockserver.pipeline.handler.run_handler", "/ortto/v1/audiences/get", 200),
        ("mockserver.pipeline.handler.find_operation", "/_mock/worlds", 201),
        ("mockserver.pipeline.handler.run_handler", "/_mock/worlds", 201),
    ],
)
def test_calls_of_every_kind_are_repeated(
    where: str, path: str, status: int, own: tuple[Application, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    _application, server = own
    headers = {"X-Api-Key": "PRK-mockserver"}
    for _ in range(3):  # the first may be long, since it writes the seed data
        requests.post(f"{server.url}/ortto/v1/audiences/get", json={}, headers=headers, timeout=PATIENCE)
    threads = _failing_once(monkeypatch, where)  # seed data is written: no other thread is needed for it
    reply = requests.post(server.url + path, json={}, headers=headers, timeout=PATIENCE)
    assert (reply.status_code, threads) == (status, ["mockserver", "mockserver-call"])


def test_keys_name_the_operation(own: tuple[Application, Server]) -> None:
    application, _server = own
    paths = {
        "/ortto/v1/audiences/get": ("ortto", "get_audiences", ""),
        "/w/mine/ortto/v1/audiences/get": ("ortto", "get_audiences", "mine"),
        "/_mock/worlds": ("_mock", "create_world", ""),
        "/nobody/x": ("nobody", "", ""),
    }
    for path, key in paths.items():
        request = HttpRequest("POST", path, path, "", {}, b"", "", "http", "here")
        assert application.call_key(request) == key
