"""The server starts and stops in a thread, many times, and leaves nothing behind."""

import errno
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver.app import create_app
from mockserver.client import Control
from mockserver.errors import AddressInUseError
from mockserver.server import http_protocol
from mockserver.server.connection_limits import Limits
from mockserver.server.http_server import Server
from tests.server.wire import PATIENCE

LIMITS = Limits(grace_seconds=60)
"""Patience longer than a test's, so that a server which waits for nothing is noticed."""


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers with what was asked; `/slow` takes a while."""
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.3)
    text = environ["PATH_INFO"] + environ["wsgi.input"].read().decode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text.encode()]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def threads() -> Callable[[], int]:
    """Counts the threads of this test's servers, once those that were told to end have ended."""
    others = set(threading.enumerate())  # a session server of the plugin may be running

    def ours() -> int:
        left = set(threading.enumerate()) - others
        return len([one for one in left if one.name.startswith("mockserver")])

    def count() -> int:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and ours():
            time.sleep(0.01)
        return ours()

    return count


@pytest.fixture(params=[0, 8])
def workers(request: pytest.FixtureRequest) -> int:
    """How many threads the server gives to its calls."""
    return int(request.param)


@pytest.fixture
def server(threads: Callable[[], int], workers: int) -> Iterator[Server]:
    """Started after `threads` looked around, so that its own count."""
    server = Server(app, threads=workers, limits=LIMITS).start()
    yield server
    server.stop()


def test_starting_and_stopping_leaves_nothing_behind(threads: Callable[[], int], workers: int) -> None:
    Server(app, threads=workers).start().stop()
    files = open_files()
    begun = time.monotonic()
    for _ in range(30):
        server = Server(app, threads=workers, limits=LIMITS).start()
        assert requests.get(f"{server.url}/hello", timeout=PATIENCE).text == "/hello"
        server.stop()
    assert time.monotonic() - begun < 30
    assert open_files() <= files
    assert threads() == 0


def test_stopping_at_once_and_twice(threads: Callable[[], int], workers: int) -> None:
    files = open_files()
    for _ in range(20):
        server = Server(app, threads=workers).start()
        server.stop()
        server.stop()
    assert threads() == 0
    assert open_files() <= files


def test_a_server_that_never_served_is_let_go(threads: Callable[[], int], workers: int) -> None:
    files = open_files()
    server = Server(app, threads=workers)
    server.stop()
    server.stop()
    assert threads() == 0
    assert open_files() <= files


def test_run_serves_until_stopped_from_elsewhere(threads: Callable[[], int], workers: int) -> None:
    server = Server(app, threads=workers)
    thread = threading.Thread(target=server.run)
    thread.start()
    assert requests.get(f"{server.url}/hello", timeout=PATIENCE).text == "/hello"
    server.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert threads() == 0


def test_nobody_answers_after_the_end(server: Server) -> None:
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=PATIENCE)


def test_the_same_port_again(server: Server) -> None:
    requests.get(server.url, timeout=PATIENCE)
    server.stop()
    again = Server(app, port=server.port).start()
    assert requests.get(f"{again.url}/again", timeout=PATIENCE).text == "/again"
    again.stop()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_that_is_taken_is_told_with_the_mend(server: Server, host: str) -> None:
    before, files = threading.active_count(), open_files()
    for _ in range(3):
        with pytest.raises(AddressInUseError) as taken:
            Server(app, host, server.port)
        fix = "stop the other process or pass another --port"
        assert str(taken.value) == f"port {server.port} on {host} is already in use; {fix}"
    assert threading.active_count() == before
    assert open_files() == files
    assert requests.get(f"{server.url}/still", timeout=PATIENCE).text == "/still"


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "a" * 64])
def test_an_address_that_is_not_ours(host: str) -> None:
    with pytest.raises(OSError) as unusable:  # noqa: PT011 - the number tells which
        Server(app, host)
    assert unusable.value.errno == errno.EADDRNOTAVAIL
    assert not isinstance(unusable.value, AddressInUseError)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost", "http://localhost:"),
        ("127.0.0.1", "http://127.0.0.1:"),
        ("", "http://127.0.0.1:"),
        ("0.0.0.0", "http://127.0.0.1:"),  # noqa: S104 - what is tested
    ],
)
def test_the_url_can_be_called(host: str, url: str) -> None:
    server = Server(app, host).start()
    assert server.url == f"{url}{server.port}"
    assert requests.get(f"{server.url}/hello", timeout=PATIENCE).text == "/hello"
    server.stop()


def test_a_name_of_two_addresses_is_one_port(
    monkeypatch: pytest.MonkeyPatch, threads: Callable[[], int]
) -> None:
    kind = (socket.SOCK_STREAM, 6, "")
    both = [(socket.AF_INET, *kind, ("127.0.0.1", 0)), (socket.AF_INET6, *kind, ("::1", 0, 0, 0))]
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        try:
            server = Server(app, "localhost").start()
        except OSError as error:
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                pytest.skip("this machine has no IPv6")
            raise
    for host in ("127.0.0.1", "[::1]"):
        assert requests.get(f"http://{host}:{server.port}/hello", timeout=PATIENCE).text == "/hello"
    server.stop()
    assert threads() == 0


def test_open_connections_do_not_hold_up_the_end(
    server: Server, threads: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "_REST_SECONDS", 0.1)
    with requests.Session() as session, socket.create_connection(("127.0.0.1", server.port)) as silent:
        for path in ("/a", "/b"):
            assert session.get(server.url + path, timeout=PATIENCE).text == path
        with socket.create_connection(("127.0.0.1", server.port)) as half:
            half.sendall(b"POST /half HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nabc")
            begun = time.monotonic()
            server.stop()
            assert time.monotonic() - begun < 30
            assert silent.recv(1) == b""
    assert threads() == 0


def test_a_call_under_way_does_not_hold_up_the_end_for_long(
    server: Server, threads: Callable[[], int]
) -> None:
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(requests.get, f"{server.url}/slow", timeout=PATIENCE)
        time.sleep(0.1)
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 30
        assert slow.exception() is None or isinstance(slow.exception(), requests.ConnectionError)
    assert threads() == 0


def test_calls_at_the_same_time(server: Server) -> None:
    def call(number: int) -> str:
        return requests.post(f"{server.url}/{number}/", data=str(number), timeout=10).text

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(call, range(100))) == [f"/{number}/{number}" for number in range(100)]


@pytest.mark.parametrize("workers", [8], indirect=True)
def test_a_slow_call_does_not_hold_up_other_threads(server: Server) -> None:
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(requests.get, f"{server.url}/slow", timeout=PATIENCE)
        assert requests.get(f"{server.url}/quick", timeout=PATIENCE).text == "/quick"
        assert not slow.done()
        assert slow.result().text == "/slow"


def test_a_server_does_not_sign(server: Server) -> None:
    assert "Server" not in requests.get(server.url, timeout=PATIENCE).headers


def test_a_middleware_around_the_application_sees_its_responses() -> None:
    application = create_app(people=0, vendors=("ortto",))
    seen: list[str] = []

    def middleware(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            seen.append(status)
            return start_response(status, [*headers, ("X-Around", "1")])

        return application(environ, start)

    with Server(middleware) as server:
        call = partial(requests.post, f"{server.url}/ortto/v1/audiences/get", json={}, timeout=20)
        reply = call(headers={"X-Api-Key": "PRK-mockserver"})
        assert (reply.status_code, reply.headers["X-Around"], seen) == (200, "1", ["200 OK"])
        Control(server.url).world().faults.add("ortto", "get_audiences", "drop_after")
        with pytest.raises(requests.ConnectionError):
            call(headers={"X-Api-Key": "PRK-mockserver"})
