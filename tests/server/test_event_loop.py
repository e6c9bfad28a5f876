"""One thread hears the sockets and does the calls, and nobody waits for who waits."""

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from mockserver.app import create_app
from mockserver.call import WireReply
from mockserver.server import wsgi_adapter
from mockserver.server.connection_limits import Limits
from mockserver.server.http_protocol import HttpProtocol
from mockserver.server.http_server import Server
from mockserver.storage.urls import open_store
from tests.transports.faulty_servers import raw

PATIENCE = 20.0
MEGABYTE = 1024 * 1024
LARGE = 40 * MEGABYTE
CLOSE = "Connection: close"


def app(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Iterable[bytes]:
    """Does what the query says, and answers with the path and the thread that did it."""
    wish = {name: float(one) for name, [one] in parse_qs(environ["QUERY_STRING"]).items()}
    time.sleep(wish.get("work", 0))
    if "wait" in wish:
        text = f"{environ['PATH_INFO']} {threading.get_ident()}"
        return wsgi_adapter.send_reply(
            WireReply(200, {}, text.encode(), delay=wish["wait"]), environ, start_response
        )
    if "fail" in wish:
        raise SystemExit if wish["fail"] else RuntimeError
    if "parts" in wish:
        parts = int(wish["parts"])
        start_response("200 OK", [("Content-Length", str(LARGE))])
        return (bytes(LARGE // parts) for _ in range(parts))
    text = f"{environ['PATH_INFO']} {threading.get_ident()} {environ['wsgi.input'].read().decode()}"
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text.encode()]


@contextmanager
def running(
    threads: int = 0, app: Callable[..., Any] = app, limits: Limits | None = None
) -> Iterator[Server]:
    server = Server(app, threads=threads, limits=limits or Limits(grace_seconds=60)).start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.mark.parametrize("threads", [0, 2])
def test_calls_leave_nothing_in_rings_that_only_a_pause_would_collect(threads: int) -> None:
    calls = 50
    application = create_app(people=0, vendors=("ortto",))
    with running(threads, application) as server, requests.Session() as session:
        key = {"X-Api-Key": application.context.worlds.get("default")["credentials"]["ortto"]["api_key"]}

        def call() -> None:
            url = f"{server.url}/ortto/v1/audiences/get"
            assert session.post(url, json={}, headers=key).status_code == 200

        call()
        gc.collect()
        gc.freeze()  # what other tests have loaded need not be looked through again
        gc.disable()
        try:
            for _ in range(calls):
                call()
            assert gc.collect() < calls
        finally:
            gc.enable()


def get(server: Server, path: str) -> str:
    return requests.get(server.url + path, timeout=PATIENCE).text


def head(path: str, *headers: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: here", *headers, "", ""]).encode()


@contextmanager
def connected(server: Server, *requests: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(b"".join(requests))
        yield connection


def ours() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if one.name.startswith("mockserver")}


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def in_time(call: Callable[[], object]) -> None:
    """Calls what would take a minute if it waited for what it need not wait for."""
    begun = time.monotonic()
    call()
    assert time.monotonic() - begun < 30


# Who does the calls


def test_one_thread_does_all_calls(server: Server) -> None:
    with ThreadPoolExecutor(8) as pool:
        answered = list(pool.map(lambda number: get(server, f"/{number}"), range(40)))
    assert [one.split()[0] for one in answered] == [f"/{number}" for number in range(40)]
    assert len({one.split()[1] for one in answered}) == 1


def test_calls_have_threads_of_their_own_where_they_wait_for_a_database(
    tmp_path: Path, database: str
) -> None:
    stores = {"memory:": 0, f"sqlite:///{tmp_path}/worlds.db": 0, database: 8}
    for url, threads in stores.items():
        application = create_app(people=0, vendors=("ortto",), store=open_store(url))
        assert application.threads == threads
        application.close()


@pytest.mark.parametrize("threads", [0, 2])
def test_who_waits_holds_up_nobody_and_holds_no_thread(threads: int) -> None:
    arrived = threading.Semaphore(0)

    def counted(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Iterable[bytes]:
        arrived.release()
        return app(environ, start_response)

    with ThreadPoolExecutor(20) as pool:
        with running(threads, counted) as server:
            before = ours()
            waiting = [pool.submit(get, server, f"/{number}?wait=60") for number in range(20)]
            for _ in waiting:
                assert arrived.acquire(timeout=PATIENCE)
            assert get(server, "/quick").startswith("/quick")
            assert not [one for one in waiting if one.done()]
            assert len(ours()) <= len(before) + threads
        assert all(isinstance(one.exception(), requests.ConnectionError) for one in waiting)


# What the client gets


@pytest.mark.parametrize("threads", [0, 8])
def test_a_head_and_its_body_go_out_in_one(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    made = HttpProtocol.connection_made

    class Transport:
        def __init__(self, transport: Any) -> None:
            self._transport = transport

        def write(self, data: bytes) -> None:
            sent.append(data)
            self._transport.write(data)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._transport, name)

    monkeypatch.setattr(HttpProtocol, "connection_made", lambda one, own: made(one, Transport(own)))
    with running(threads) as server:
        get(server, "/whole")
        assert requests.head(f"{server.url}/head", timeout=PATIENCE).ok
    assert [one[:8] for one in sent] == [b"HTTP/1.1"] * 2


@pytest.mark.parametrize("parts", [1, 40])
@pytest.mark.parametrize("threads", [0, 8])
def test_who_reads_slowly_holds_up_nobody(parts: int, threads: int) -> None:
    with running(threads) as server, connected(server, head(f"/?parts={parts}", CLOSE)) as slow:
        start = slow.recv(65536)
        for number in range(5):
            assert get(server, f"/{number}").startswith(f"/{number}")
        rest = sum(len(piece) for piece in iter(lambda: slow.recv(MEGABYTE), b""))
        assert len(start.partition(b"\r\n\r\n")[2]) + rest == LARGE


def test_large_answers_in_a_row_hold_up_nobody(server: Server) -> None:
    with connected(server, head("/?parts=1") * 2, head("/last", CLOSE)) as slow:
        start = slow.recv(65536)
        assert get(server, "/quick").startswith("/quick")
        everything = start + b"".join(iter(lambda: slow.recv(MEGABYTE), b""))
    assert len(everything) > 2 * LARGE
    assert everything.count(b"HTTP/1.1 200 OK") == 3
    assert b"/last" in everything[-100:]


@pytest.mark.parametrize("threads", [0, 8])
def test_calls_in_a_row_are_answered_in_order(threads: int) -> None:
    paths = ["/a", "/b?wait=0.1", "/c", "/d?wait=0.01"]
    with running(threads) as server:
        with connected(server, *map(head, paths), head("/e", CLOSE)) as line:
            everything = b"".join(iter(lambda: line.recv(65536), b""))
        with connected(server, head("/a"), head("/b?wait=60")) as line:
            assert b"\r\n\r\n/a " in line.recv(65536), "it does not wait for the next one"
    bodies = [one.partition(b"\r\n\r\n")[2].split()[0] for one in everything.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [b"/a", b"/b", b"/c", b"/d", b"/e"]


def test_who_asks_much_in_a_row_lets_others_through(server: Server) -> None:
    with connected(server, head("/?work=0.05") * 1_000) as line:
        assert line.recv(8) == b"HTTP/1.1"
        assert get(server, "/other").startswith("/other")


@pytest.mark.parametrize("threads", [0, 8])
def test_who_asks_whether_to_go_on_is_told(threads: int) -> None:
    asking = head("/told", "Content-Length: 3", "Expect: 100-continue", CLOSE, method="POST")
    with running(threads) as server, connected(server, asking) as line:
        assert line.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(b"abc")
        assert b"".join(iter(lambda: line.recv(65536), b"")).endswith(b" abc")


def test_an_old_client_is_answered(server: Server) -> None:
    assert b"/old" in raw(server.url, b"GET /old HTTP/1.0\r\n\r\n")


@pytest.mark.parametrize("query", ["work=0.1", "wait=0.1", "work=0.05&parts=40", "wait=0.05&parts=40"])
def test_who_goes_meanwhile_leaves_nothing_behind(query: str, server: Server) -> None:
    before = len(ours())
    for _ in range(3):
        with connected(server, head(f"/?{query}") * 2):
            time.sleep(0.02)
    assert get(server, "/still").startswith("/still")
    until(lambda: len(ours()) == before)
    in_time(server.stop)


@pytest.mark.parametrize("kind", [0, 1])
def test_a_call_that_fails_fails_alone(kind: int, server: Server) -> None:
    with connected(server, head(f"/?fail={kind}")) as line:
        assert line.recv(65536)[:13] == b"HTTP/1.1 500 "
        assert get(server, "/still").startswith("/still")


@pytest.mark.parametrize("threads", [0, 8])
def test_many_connections_at_once(threads: int) -> None:
    with running(threads) as server:
        lines = [socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) for _ in range(200)]
        try:
            for _ in range(3):
                for number, line in enumerate(lines):
                    line.sendall(head(f"/{number}/"))
                for number, line in enumerate(lines):
                    assert f"\r\n\r\n/{number}/ ".encode() in line.recv(65536)
        finally:
            for line in lines:
                line.close()


# The end


@pytest.mark.parametrize("threads", [0, 2])
def test_all_who_asked_before_the_end_are_answered(threads: int) -> None:
    with ExitStack() as stack:
        with running(threads) as server:
            lines = [
                stack.enter_context(connected(server, head(f"/{number}?work=0.03"))) for number in range(12)
            ]
        assert lines
        for number, line in enumerate(lines):
            assert f"\r\n\r\n/{number} ".encode() in line.recv(65536)


@pytest.mark.parametrize("path", ["/held", "/?parts=40"])
@pytest.mark.parametrize("threads", [0, 2])
def test_the_end_comes_even_if_a_call_does_not(path: str, threads: int) -> None:
    before = set(threading.enumerate())
    limits = Limits(grace_seconds=0.1, join_seconds=0.1)
    arrived, released, ended = threading.Event(), threading.Event(), threading.Event()

    def held(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Iterable[bytes]:
        arrived.set()
        if environ["PATH_INFO"] == "/held":
            released.wait(PATIENCE)
            ended.set()
        return app(environ, start_response)

    with running(threads, held, limits) as server, connected(server, head(path)) as line:
        assert arrived.wait(PATIENCE)
        server.stop()
        assert not ended.is_set()
        released.set()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        until(lambda: set(threading.enumerate()) <= before)
        line.close()


def test_calls_that_wait_for_a_planned_delay_are_dropped_at_the_end() -> None:
    server = Server(app, limits=Limits(grace_seconds=60))
    runs = threading.Thread(target=server.run)
    runs.start()
    get(server, "/?wait=0.01")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(get, server, "/waiting?wait=60")
        get(server, "/?wait=0.01")
        assert runs.is_alive()
        in_time(server.stop)
        assert isinstance(waiting.exception(), requests.ConnectionError)
    runs.join(PATIENCE)
    assert not runs.is_alive()
