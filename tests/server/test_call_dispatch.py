"""Where calls run: in the loop's thread unless they would wait or take long."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from mockserver.app import Application, create_app
from mockserver.call import WireReply
from mockserver.errors import WouldBlockError
from mockserver.server.call_dispatch import ThreadPool
from mockserver.server.http_request import HttpRequest
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario
from tests.server.wire import PATIENCE, connected, get, parse, serving, until_closed


class App:
    """An application with a lock that calls of `/locked` need, and a note of the threads of all calls."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting = threading.local()
        self.ran: list[tuple[str, str]] = []
        self.seconds: dict[str, float] = {}

    @contextmanager
    def no_waiting(self) -> Iterator[None]:
        self.waiting.forbidden = True
        try:
            yield
        finally:
            self.waiting.forbidden = False

    def answer(self, request: HttpRequest) -> WireReply | None:
        thread = "pool" if "call" in threading.current_thread().name else "loop"
        if request.path == "/locked":
            forbidden = getattr(self.waiting, "forbidden", False)
            if not self.lock.acquire(blocking=not forbidden):
                raise WouldBlockError("x")
            self.lock.release()
        _work(self.seconds.get(request.path, 0))
        self.ran.append((request.path, thread))
        return WireReply(200, {}, request.path.encode() + request.body)

    def call_key(self, request: HttpRequest) -> tuple[str, ...]:
        return (request.path,)

    def __call__(self, *_: Any) -> Any:
        raise AssertionError("every call is answered directly")


def _work(seconds: float) -> None:
    """Uses the processor so long."""
    started = time.thread_time()
    while time.thread_time() - started < seconds:
        pass


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
    app.seconds["/long"] = 0.5
    call(server, "/long")
    with connected(server, get("/long"), get("/after", "Connection: close")) as line:
        time.sleep(0.1)
        begun = time.monotonic()
        assert call(server, "/quick") == "/quick"
        assert time.monotonic() - begun < 0.3
        assert [reply.body for reply in parse(until_closed(line))] == [b"/long", b"/after"]


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
    application = create_app(load_scenario("empty"))
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
