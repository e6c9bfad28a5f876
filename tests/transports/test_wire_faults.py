"""Connection faults of the mock server raise the same exceptions as those of a failing server."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import DEFAULT, Mock

import aiohttp
import httpx
import pytest
import requests

from mockserver.call import WireReply
from mockserver.server import wsgi_adapter
from mockserver.server.connection_limits import Limits
from mockserver.server.http_protocol import HttpProtocol
from mockserver.server.http_server import Server, fast_loop_factory
from tests.transports.clients import with_aiohttp, with_httpx, with_httpx_async, with_requests
from tests.transports.faulty_servers import (
    BODY,
    HEADERS,
    LONG_TIMEOUT,
    REPLIES,
    Failures,
    app,
    exception_chain,
    mock_server,
    raw,
)


@pytest.fixture(scope="module", params=[0, 8])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a single-threaded server, and of one with a thread pool."""
    with mock_server(request.param) as url:
        yield url


@pytest.fixture(scope="module")
def failing_here(url: str) -> Failures:
    """The exceptions of clients of that server."""
    return Failures(url, with_requests, with_httpx, with_httpx_async, with_aiohttp)


RAISED: dict[tuple[Callable[[str], bytes], str], type[Exception]] = {
    (with_requests, "drop"): requests.ConnectionError,
    (with_requests, "cut"): requests.exceptions.ChunkedEncodingError,
    (with_requests, "reset"): requests.ConnectionError,
    (with_requests, "late-trickle"): requests.ConnectionError,
    (with_httpx, "reset"): httpx.ReadError,
    (with_httpx, "late-trickle"): httpx.ReadTimeout,
    (with_httpx_async, "reset"): httpx.ReadError,
    (with_httpx_async, "late-trickle"): httpx.ReadTimeout,
    (with_aiohttp, "reset"): aiohttp.ClientOSError,
    (with_aiohttp, "late-trickle"): aiohttp.SocketTimeoutError,
    (with_requests, "late"): requests.ReadTimeout,
    (with_httpx, "drop"): httpx.RemoteProtocolError,
    (with_httpx, "cut"): httpx.RemoteProtocolError,
    (with_httpx, "late"): httpx.ReadTimeout,
    (with_httpx_async, "drop"): httpx.RemoteProtocolError,
    (with_httpx_async, "cut"): httpx.RemoteProtocolError,
    (with_httpx_async, "late"): httpx.ReadTimeout,
    (with_aiohttp, "drop"): aiohttp.ServerDisconnectedError,
    (with_aiohttp, "cut"): aiohttp.ClientPayloadError,
    (with_aiohttp, "late"): aiohttp.SocketTimeoutError,
}


@pytest.mark.parametrize(("client", "fault"), RAISED, ids=lambda one: getattr(one, "__name__", one))
def test_exceptions_by_client_and_fault(
    client: Callable[[str], bytes], fault: str, url: str, failing_here: Failures, failing: Failures
) -> None:
    raised = failing_here(client, fault)
    assert isinstance(raised, RAISED[client, fault])
    assert exception_chain(raised) == exception_chain(failing(client, fault))
    assert client(f"{url}/whole") == BODY


@pytest.mark.parametrize("name", ["requests", "httpx", "aiohttp"])
@pytest.mark.parametrize(
    "fault", ["cut-at-once", "cut-large", "cut-nothing", "delayed-drop", "delayed-cut", "delayed-reset"]
)
def test_exceptions_of_other_faults(name: str, fault: str, url: str, failing: Failures) -> None:
    client = {"requests": with_requests, "httpx": with_httpx, "aiohttp": with_aiohttp}[name]
    # An empty body cannot be truncated; such a reply is dropped instead.
    reference = "delayed-drop" if fault == "cut-nothing" else fault
    with pytest.raises(Exception) as raised:  # noqa: PT011 - the classes are compared
        client(f"{url}/{fault}")
    assert exception_chain(raised.value) == exception_chain(failing(client, reference))


def test_exceptions_with_uvloop() -> None:
    pytest.importorskip("uvloop")
    with mock_server(loop_factory=fast_loop_factory()) as url:
        failing_here = Failures(url, with_httpx, with_requests)
        for fault in ("drop", "reset", "cut", "late", "late-trickle"):
            for client in (with_httpx, with_requests):
                assert isinstance(failing_here(client, fault), RAISED[client, fault])
        assert with_requests(f"{url}/whole") == BODY


def head(version: str = "1.1", method: str = "GET", path: str = "/drop", *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: here", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize(
    "request_",
    [
        head(),
        head("1.1", "GET", "/drop", "Connection: keep-alive"),
        head("1.0"),
        head("1.0", "GET", "/drop", "Connection: keep-alive"),
        head("1.1", "HEAD"),
        head("1.1", "HEAD", "/cut"),
        head("1.1", "GET", "/cut-nothing"),
        head("1.1", "GET", "/gone"),
        head("1.1", "POST", "/drop", "Content-Length: 3") + b"abc",
        head("1.1", "POST", "/drop", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\n\r\n",
        head() + head(path="/whole"),
        head() + b"half a reque",
    ],
    ids=lambda one: one.decode().replace("\r\n", "|")[:60],
)
def test_a_dropped_reply_sends_no_bytes(request_: bytes, url: str) -> None:
    try:
        assert raw(url, request_) == b""
    except ConnectionResetError:
        assert request_.count(b"\r\n\r\n") > 1 or request_.endswith(b"reque")  # the server left bytes unread


def test_replies_before_a_drop_arrive(url: str) -> None:
    received = raw(url, head(path="/whole") + head())
    assert received.count(b"HTTP/1.1") == 1
    assert received.endswith(BODY)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("header", ["Connection: keep-alive", "X-Other: value"])
@pytest.mark.parametrize("path", ["/cut", "/cut-at-once", "/delayed-cut"])
def test_a_truncated_reply_has_the_full_content_length(
    version: str, header: str, path: str, url: str
) -> None:
    received = raw(url, head(version, "GET", path, header) + head(version, "GET", "/whole", header))
    top, _, body = received.partition(b"\r\n\r\n")
    assert f"\r\nContent-Length: {len(BODY)}\r\n".encode() in top
    assert body == BODY[: REPLIES[path].cut]
    announced = b"connection: close" in top.lower()
    assert announced == (version == "1.0" and "keep-alive" not in header)


def test_a_reply_trickles_in_pieces(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    made = HttpProtocol.connection_made

    def noted(connection: HttpProtocol, transport: Any) -> None:
        def write(data: bytes) -> Any:
            sent.append(data)
            return DEFAULT

        made(connection, Mock(wraps=transport, **{"write.side_effect": write}))

    monkeypatch.setattr(HttpProtocol, "connection_made", noted)
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=LONG_TIMEOUT) as line:
        started = time.monotonic()
        line.sendall(head(path="/trickle"))
        received = b""
        while not received.endswith(BODY):
            received += line.recv(65_536)
        assert time.monotonic() - started >= 0.13
        first, *pieces = sent
        assert first.endswith(b"\r\n\r\n")
        assert len(pieces) >= 2
        assert b"".join(pieces) == BODY
        line.sendall(head(path="/whole"))
        assert line.recv(65_536).endswith(BODY), "the connection can be used again"


def test_a_pool_recovers_after_a_fault(url: str) -> None:
    with requests.Session() as session:
        for fault in ("drop", "cut", "reset", "delayed-drop"):
            assert session.post(f"{url}/echo", data="abc", timeout=LONG_TIMEOUT).text == "/echoabc"
            with pytest.raises(requests.RequestException):
                session.post(f"{url}/{fault}", data="abc" * 10_000, timeout=LONG_TIMEOUT)
        assert session.get(f"{url}/short-delay", timeout=LONG_TIMEOUT).content == BODY


@pytest.mark.parametrize("threads", [0, 8])
def test_delayed_replies_do_not_block_other_calls(threads: int) -> None:
    """Three times as many as there are threads: if the delays held them, the other call would wait."""
    arrived = threading.Semaphore(0)

    def counted(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Iterable[bytes]:
        arrived.release()
        return app(environ, start_response)

    with ThreadPoolExecutor(24) as pool:
        with Server(counted, threads=threads) as server:
            url = f"{server.url}/late"
            waiting = [pool.submit(requests.get, url, timeout=2 * LONG_TIMEOUT) for _ in range(24)]
            for _ in waiting:
                assert arrived.acquire(timeout=LONG_TIMEOUT / 2)
            assert requests.get(f"{server.url}/whole", timeout=LONG_TIMEOUT / 2).content == BODY
            assert not [one for one in waiting if one.done()]
        assert all(isinstance(one.exception(), requests.ConnectionError) for one in waiting)


@pytest.mark.parametrize("threads", [0, 8])
def test_delayed_replies_do_not_block_shutdown(threads: int) -> None:
    def wait(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Iterable[bytes]:
        return wsgi_adapter.send_reply(WireReply(200, HEADERS, BODY, delay=60), environ, start_response)

    server = Server(wait, threads=threads, limits=Limits(grace_seconds=60)).start()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(requests.get, server.url, timeout=30)
        time.sleep(0.2)
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 30
        assert waiting.exception() or waiting.result().content == BODY


def test_faults_are_not_logged(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for fault in ("drop", "cut", "cut-at-once"):
            with pytest.raises(requests.RequestException):
                requests.get(f"{url}/{fault}", timeout=LONG_TIMEOUT)
        with pytest.raises(requests.Timeout):
            requests.get(f"{url}/short-delay", timeout=0.03)
        requests.get(f"{url}/short-delay", timeout=LONG_TIMEOUT)
    assert not caplog.records


@pytest.mark.parametrize("path", ["/drop", "/cut"])
def test_other_wsgi_servers_reject_connection_faults(path: str) -> None:
    statuses: list[str] = []

    def start_response(status: str, headers: Any) -> None:
        statuses.append(status)

    [body] = app({"PATH_INFO": path, "REQUEST_METHOD": "GET"}, start_response)
    assert statuses == ["500 Internal Server Error"]
    assert b'"error":"no_way_to_the_socket"' in body
    assert b"mockserver serve" in body


def test_other_wsgi_servers_can_delay() -> None:
    started = time.monotonic()
    [body] = app({"PATH_INFO": "/short-delay", "REQUEST_METHOD": "GET"}, lambda *_: None)
    assert body == BODY
    assert time.monotonic() - started >= 0.1
