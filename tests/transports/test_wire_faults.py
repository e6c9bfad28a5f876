"""Connection faults are real on the wire: each client raises what it raises for a server that breaks."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import httpx
import pytest
import requests

from mockserver.call import WireReply
from mockserver.server import wsgi_adapter
from mockserver.server.http_server import Server
from tests.transports.breaking import (
    ANSWERS,
    BODY,
    DELAY,
    PATIENCE,
    TYPE,
    app,
    chain,
    ours,
    patience,
    raw,
    real,
)


@pytest.fixture(scope="module", params=[0, 8])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of a server that does its calls by itself, and of one that has threads for them."""
    with ours(request.param) as url:
        yield url


@pytest.fixture(scope="module")
def broken() -> Iterator[str]:
    with real() as url:
        yield url


def with_requests(url: str) -> bytes:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=patience(url)).content


def with_httpx(url: str) -> bytes:
    with httpx.Client(timeout=patience(url), trust_env=False) as client:
        return client.get(url).content


def with_httpx_async(url: str) -> bytes:
    async def call() -> bytes:
        async with httpx.AsyncClient(timeout=patience(url), trust_env=False) as client:
            return (await client.get(url)).content

    return asyncio.run(call())


def with_aiohttp(url: str) -> bytes:
    async def call() -> bytes:
        timeout = aiohttp.ClientTimeout(sock_read=patience(url))
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            return await response.read()

    return asyncio.run(call())


RAISED: dict[tuple[Callable[[str], bytes], str], type[Exception]] = {
    (with_requests, "drop"): requests.ConnectionError,
    (with_requests, "cut"): requests.exceptions.ChunkedEncodingError,
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
def test_the_matrix(client: Callable[[str], bytes], fault: str, url: str, broken: str) -> None:
    with pytest.raises(RAISED[client, fault]) as real:
        client(f"{broken}/{fault}")
    with pytest.raises(RAISED[client, fault]) as ours:
        client(f"{url}/{fault}")
    assert chain(ours.value) == chain(real.value)
    assert client(f"{url}/whole") == BODY


@pytest.mark.parametrize("name", ["requests", "httpx", "aiohttp"])
@pytest.mark.parametrize("fault", ["cut-at-once", "cut-large", "cut-nothing", "delayed-drop", "delayed-cut"])
def test_other_breaks_are_real_as_well(name: str, fault: str, url: str, broken: str) -> None:
    client = {"requests": with_requests, "httpx": with_httpx, "aiohttp": with_aiohttp}[name]
    # Nothing of nothing cannot be cut: such an answer is dropped.
    twin = "delayed-drop" if fault == "cut-nothing" else fault
    with pytest.raises(Exception) as real:  # noqa: PT011 - its kind is compared
        client(f"{broken}/{twin}")
    with pytest.raises(Exception) as ours:  # noqa: PT011
        client(f"{url}/{fault}")
    assert chain(ours.value) == chain(real.value)


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
def test_a_dropped_answer_has_not_one_byte(request_: bytes, url: str) -> None:
    begun = time.monotonic()
    try:
        assert raw(url, request_) == b""
    except ConnectionResetError:
        assert request_.count(b"\r\n\r\n") > 1 or request_.endswith(b"reque")  # it left something unread
    assert time.monotonic() - begun < 2


def test_what_was_answered_before_a_drop_arrives(url: str) -> None:
    answered = raw(url, head(path="/whole") + head())
    assert answered.count(b"HTTP/1.1") == 1
    assert answered.endswith(BODY)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("keeping", ["Connection: keep-alive", "X-Nothing: said"])
@pytest.mark.parametrize("path", ["/cut", "/cut-at-once", "/delayed-cut"])
def test_a_cut_answer_promises_the_whole(version: str, keeping: str, path: str, url: str) -> None:
    answered = raw(url, head(version, "GET", path, keeping) + head(version, "GET", "/whole", keeping))
    top, _, body = answered.partition(b"\r\n\r\n")
    assert f"\r\nContent-Length: {len(BODY)}\r\n".encode() in top
    assert body == BODY[: ANSWERS[path].cut]
    announced = b"connection: close" in top.lower()
    assert announced == (version == "1.0" and "keep-alive" not in keeping)


def test_an_application_of_many_parts_is_cut_too() -> None:
    def parts(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Iterable[bytes]:
        known = environ["PATH_INFO"] == "/known"
        start_response("200 OK", [("Content-Length", "9")] if known else [])
        environ[wsgi_adapter.CONNECTION].cut(5)
        yield from (b"abc", b"def", b"ghi")

    server = Server(parts).start()
    try:
        assert raw(server.url, head(path="/known")).endswith(b"\r\n\r\nabcde")
        assert raw(server.url, head(path="/unknown")).endswith(b"\r\n\r\n3\r\nabc\r\n2\r\nde\r\n")
    finally:
        server.stop()


def test_a_pool_goes_on_after_a_break(url: str) -> None:
    with requests.Session() as session:
        for fault in ("drop", "cut", "delayed-drop"):
            assert session.post(f"{url}/echo", data="abc", timeout=5).text == "/echoabc"
            with pytest.raises(requests.RequestException):
                session.post(f"{url}/{fault}", data="abc" * 10_000, timeout=5)
        assert session.get(f"{url}/short-delay", timeout=5).content == BODY


def test_those_who_wait_hold_up_nobody(url: str) -> None:
    with ThreadPoolExecutor(24) as pool:
        waiting = [pool.submit(requests.get, f"{url}/delay", timeout=PATIENCE) for _ in range(24)]
        time.sleep(DELAY / 4)
        begun = time.monotonic()
        assert requests.get(f"{url}/whole", timeout=5).content == BODY
        assert time.monotonic() - begun < DELAY * 3 / 4
        assert {one.result().content for one in waiting} == {BODY}
        assert time.monotonic() - begun < 2 * DELAY  # three rounds of eight would take as long as three


@pytest.mark.parametrize("threads", [0, 8])
def test_those_who_wait_do_not_hold_up_the_end(threads: int) -> None:
    def wait(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Iterable[bytes]:
        return wsgi_adapter.send_reply(WireReply(200, TYPE, BODY, delay=60), environ, start_response)

    server = Server(wait, threads=threads).start()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(requests.get, server.url, timeout=30)
        time.sleep(0.2)
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 3
        assert waiting.exception() or waiting.result().content == BODY


def test_nothing_of_it_is_logged(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for fault in ("drop", "cut", "cut-at-once"):
            with pytest.raises(requests.RequestException):
                requests.get(f"{url}/{fault}", timeout=5)
        with pytest.raises(requests.Timeout):
            requests.get(f"{url}/short-delay", timeout=0.03)
        requests.get(f"{url}/short-delay", timeout=PATIENCE)
    assert not caplog.records


@pytest.mark.parametrize("path", ["/drop", "/cut"])
def test_a_server_without_a_way_says_so(path: str) -> None:
    said: list[str] = []

    def start_response(status: str, headers: Any) -> None:
        said.append(status)

    [body] = app({"PATH_INFO": path, "REQUEST_METHOD": "GET"}, start_response)
    assert said == ["500 Internal Server Error"]
    assert b'"error":"no_way_to_the_socket"' in body
    assert b"mockserver serve" in body


def test_a_server_without_a_way_can_wait() -> None:
    begun = time.monotonic()
    [body] = app({"PATH_INFO": "/short-delay", "REQUEST_METHOD": "GET"}, lambda *_: None)
    assert body == BODY
    assert time.monotonic() - begun >= 0.1
