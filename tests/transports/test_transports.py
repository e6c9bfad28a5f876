"""In-process transports behave like the network: replies, faults, delays, requests and connection reuse."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import httpx
import pytest
import requests
import urllib3

from mockserver.client import World
from mockserver.server import wsgi_adapter
from mockserver.server.http_server import Server
from mockserver.transports import transport
from tests import audiences
from tests.transports.clients import with_httpx, with_httpx_async, with_requests, with_urllib3
from tests.transports.faulty_servers import (
    BODY,
    LONG_TIMEOUT,
    SHORT_TIMEOUT,
    TRICKLE_TIMEOUT,
    Failures,
    app,
    exception_chain,
    socket_server,
    timeout_for,
)

Client = Callable[[str], bytes]


@pytest.fixture(autouse=True)
def no_sockets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forbid sockets, except in tests that compare with a real server."""
    if not {"broken", "failing", "mockserver"} & set(request.fixturenames):

        def refuse(*_: object) -> None:
            raise AssertionError("a socket was opened")

        monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module")
def broken() -> Iterator[str]:
    with socket_server() as url:
        yield url


def requests_in_process(url: str, **options: Any) -> bytes:
    with requests.Session() as session:
        session.mount("http://", transport("requests", app))
        session.mount("https://", transport("requests", app))
        return session.get(url, **{"timeout": timeout_for(url), **options}).content


def httpx_in_process(url: str) -> bytes:
    with httpx.Client(transport=transport("httpx", app), timeout=timeout_for(url)) as client:
        return client.get(url).content


def httpx_async_in_process(url: str) -> bytes:
    async def call() -> bytes:
        async with httpx.AsyncClient(transport=transport("httpx", app), timeout=timeout_for(url)) as client:
            return (await client.get(url)).content

    return asyncio.run(call())


def urllib3_in_process(url: str) -> bytes:
    return transport("urllib3", app).request("GET", url, timeout=timeout_for(url), retries=False).data  # type: ignore[no-any-return]


OVER_NETWORK: dict[Client, Client] = {
    requests_in_process: with_requests,
    httpx_in_process: with_httpx,
    httpx_async_in_process: with_httpx_async,
    urllib3_in_process: with_urllib3,
}


@pytest.fixture(scope="module")
def failing_here() -> Failures:
    """The exceptions of clients that need no network."""
    return Failures("http://vendor.example", *OVER_NETWORK)


IN_PROCESS = pytest.mark.parametrize("client", OVER_NETWORK, ids=lambda one: one.__name__)


@IN_PROCESS
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_call_reaches_the_application(client: Client, scheme: str) -> None:
    assert client(f"{scheme}://vendor.example/whole") == BODY
    assert client(f"{scheme}://vendor.example/a%20b%C3%A5?c=d") == "/a bå".encode()


@IN_PROCESS
@pytest.mark.parametrize(
    "fault", ["drop", "cut", "cut-at-once", "cut-large", "delayed-drop", "reset", "late", "late-trickle"]
)
def test_faults_raise_the_same_exceptions_as_over_the_network(
    client: Client, fault: str, failing_here: Failures, failing: Failures
) -> None:
    expected = exception_chain(failing(OVER_NETWORK[client], fault))
    raised = failing_here(client, fault)
    # httpx: only the exceptions that a client sees, not those of the socket below httpcore.
    depth = 2 if "httpx" in client.__name__ else None
    assert exception_chain(raised)[:depth] == expected[:depth]


@IN_PROCESS
def test_timeouts_are_respected(client: Client) -> None:
    started = time.monotonic()
    with pytest.raises(Exception, match=r"timed out|Timeout"):
        client("http://vendor.example/late")
    assert SHORT_TIMEOUT <= time.monotonic() - started < 30
    started = time.monotonic()
    assert client("http://vendor.example/short-delay") == BODY
    assert time.monotonic() - started >= 0.1


def test_a_delay_without_timeout() -> None:
    started = time.monotonic()
    assert requests_in_process("http://vendor.example/short-delay", timeout=None) == BODY
    with httpx.Client(transport=transport("httpx", app), timeout=None) as client:  # noqa: S113
        assert client.get("http://x/short-delay").content == BODY
    assert time.monotonic() - started >= 0.2


@IN_PROCESS
def test_a_reply_trickles_in_pieces(client: Client) -> None:
    started = time.monotonic()
    assert client("http://vendor.example/trickle") == BODY
    assert time.monotonic() - started >= 0.13


def test_a_delay_does_not_block_the_event_loop() -> None:
    async def call_meanwhile() -> list[bool]:
        async with httpx.AsyncClient(transport=transport("httpx", app), timeout=2 * LONG_TIMEOUT) as client:
            late = [asyncio.ensure_future(client.get("http://vendor.example/late")) for _ in range(5)]
            for _ in range(2):
                assert (await client.get("http://vendor.example/short-delay")).content == BODY
            are_done = [one.done() for one in late]
            for one in late:
                one.cancel()
            await asyncio.wait(late)
            return are_done

    assert asyncio.run(call_meanwhile()) == [False] * 5


def echo(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> list[bytes]:
    """Reply with the environ and the body of the request."""
    names = ["REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH", "REMOTE_ADDR"]
    names += ["HTTP_HOST", "HTTP_X_TWICE", "HTTP_COOKIE", "HTTP_TRANSFER_ENCODING", "wsgi.url_scheme"]
    received = {name: environ[name] for name in names if name in environ}
    text = ascii(received | {"body": environ["wsgi.input"].read()})
    headers = [("Set-Cookie", "seen=1"), ("X-Twice", "a"), ("X-Twice", "b")]
    start_response("200 OK", [*headers, ("Content-Length", str(len(text)))])
    return [text.encode()]


def chunks() -> Iterator[bytes]:
    yield from (b"one ", b"two")


CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "query": ("GET", "/a/../b%2Fc//d?e=%20f&g", {}),
    "json": ("POST", "/", {"json": {"a": [1, "å"]}}),
    "chunked": ("PUT", "/x", {"data": chunks}),
    "nothing": ("DELETE", "/x", {}),
    "headers": ("PATCH", "/x", {"headers": {"X-Twice": "å".encode().decode("latin-1")}, "data": b"\x00"}),
    "large": ("POST", "/x", {"data": b"abc" * 400_000}),
    "host": ("GET", "/x", {"headers": {"Host": "somewhere.else"}}),
    "expect continue": ("POST", "/x", {"headers": {"Expect": "100-continue"}, "data": b"abc"}),
}


@pytest.mark.parametrize("name", CALLS)
def test_requests_arrive_as_over_the_network(name: str, broken: str) -> None:
    method, path, given = CALLS[name]

    def send(session: requests.Session, url: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        options = {key: value() if callable(value) else value for key, value in given.items()}
        reply = session.request(method, url + path, timeout=LONG_TIMEOUT, **options)
        headers = {key: value for key, value in reply.headers.items() if key != "Date"}
        session.cookies.clear()
        return eval(reply.text), list(headers.items())  # noqa: S307 - the repr of a dict made here

    server = Server(echo).start()
    try:
        with requests.Session() as session:
            over_network = send(session, server.url)
            session.mount("http://", transport("requests", echo))
            in_process = send(session, server.url)
    finally:
        server.stop()
    assert in_process == over_network


def test_a_session_keeps_its_cookies_and_connections() -> None:
    with requests.Session() as session:
        session.mount("https://", transport("requests", echo))
        assert "HTTP_COOKIE" not in session.get("https://vendor.example/").text
        received = eval(session.get("https://vendor.example/").text)  # noqa: S307 - the repr of a dict made here
        assert (received["HTTP_COOKIE"], received["HTTP_HOST"]) == ("seen=1", "vendor.example")
        assert "vendor.example:444'" in session.get("https://vendor.example:444/").text


def test_a_mounted_transport_leaves_other_hosts_alone(broken: str) -> None:
    with requests.Session() as session:
        session.mount("http://vendor.example/", transport("requests", app))
        assert session.get("http://vendor.example/whole", timeout=LONG_TIMEOUT).content == BODY
        with pytest.raises(requests.ConnectionError):
            session.get(f"{broken}/drop", timeout=LONG_TIMEOUT)


def test_proxies_and_certificates_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    assert requests_in_process("https://vendor.example/whole") == BODY
    assert httpx_in_process("https://vendor.example/whole") == BODY


@pytest.mark.parametrize("path", ["whole", "cut"])
def test_a_body_can_be_streamed(path: str) -> None:
    with requests.Session() as session:
        session.mount("http://", transport("requests", app))
        streamed = session.get(f"http://vendor.example/{path}", stream=True, timeout=LONG_TIMEOUT)
        assert streamed.status_code == 200
        assert next(streamed.iter_content(4)) == BODY[:4]
        streamed.close()
    with (
        httpx.Client(transport=transport("httpx", app)) as client,
        client.stream("GET", f"http://vendor.example/{path}") as reply,
    ):
        assert reply.headers["Content-Length"] == str(len(BODY))


def test_a_pool_recovers_after_a_fault() -> None:
    with httpx.Client(transport=transport("httpx", app)) as client:
        for fault in ("drop", "cut"):
            assert client.post("http://x/echo", content=b"abc").text == "/echoabc"
            with pytest.raises(httpx.RemoteProtocolError):
                client.get(f"http://x/{fault}")
        assert client.get("http://x/whole").content == BODY


def test_http_redirects_are_followed() -> None:
    def redirect(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> list[bytes]:
        if environ["PATH_INFO"] == "/from":
            start_response("307 Temporary Redirect", [("Location", "/to"), ("Content-Length", "0")])
            return []
        start_response("200 OK", [("Content-Length", "3")])
        return [environ["wsgi.input"].read()]

    with requests.Session() as session:
        session.mount("http://", transport("requests", redirect))
        assert session.post("http://x/from", data="abc", timeout=LONG_TIMEOUT).text == "abc"
    with httpx.Client(transport=transport("httpx", redirect), follow_redirects=True) as client:
        assert client.post("http://x/from", content=b"abc").text == "abc"
    assert transport("urllib3", redirect).request("POST", "http://x/from", body=b"abc").data == b"abc"


def test_exceptions_of_the_application_reach_the_caller() -> None:
    def fail(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> list[bytes]:
        raise ZeroDivisionError("on purpose")

    for call in (
        lambda: transport("urllib3", fail).request("GET", "http://x/", retries=False),
        lambda: httpx.Client(transport=transport("httpx", fail)).get("http://x/"),
    ):
        with pytest.raises(ZeroDivisionError, match="on purpose"):
            call()


def test_an_incomplete_request_times_out_at_once_without_timeout() -> None:
    manager = transport("urllib3", app)
    for timeout in (None, SHORT_TIMEOUT):
        started = time.monotonic()
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            manager.request(
                "POST", "http://x/", headers={"Content-Length": "9"}, timeout=timeout, retries=False
            )
        assert time.monotonic() - started >= (timeout or 0)


def test_an_invalid_request_is_rejected_with_400() -> None:
    headers = {"Content-Length": "none"}
    reply = transport("urllib3", app).request("POST", "http://x/whole", headers=headers, retries=False)
    assert reply.status == 400
    assert reply.headers["Connection"] == "close"


@pytest.mark.parametrize("library", ["aiohttp", "", "os"])
def test_an_unknown_library_is_rejected(library: str) -> None:
    with pytest.raises(ValueError, match="available: httpx, requests, urllib3"):
        transport(library, app)


def test_a_world_has_transports(mockserver: World) -> None:
    url, headers = mockserver.url("ortto"), mockserver.headers("ortto")
    audiences.add(mockserver, "Without a socket")
    with requests.Session() as session:
        session.mount(url, mockserver.transport("requests"))
        session.headers.update(headers)
        [first, *_] = session.post(f"{url}/v1/audiences/get", json={"limit": 1}, timeout=LONG_TIMEOUT).json()
    with httpx.Client(transport=mockserver.transport("httpx"), headers=headers, base_url=url) as client:
        [second, *_] = client.post("/v1/audiences/get", json={"limit": 1}).json()
    assert first["name"] == second["name"] == "Without a socket"
    assert len(mockserver.journal(operation="get_audiences")) == 2


FAULTS = ("drop_before", "drop_after", "reset", "truncate", "latency", "trickle")


@pytest.mark.parametrize("way", ["a socket", "a transport", "a redirect"])
def test_faults_over_every_connection(way: str, mockserver: World) -> None:
    session, client, url = requests.Session(), httpx.Client(), mockserver.url("ortto")
    redirect: AbstractContextManager[object] = nullcontext()
    if way == "a transport":
        session.mount(url, mockserver.transport("requests"))
        client = httpx.Client(transport=mockserver.transport("httpx"))
    elif way == "a redirect":
        url, redirect = "https://api.ap3api.com", mockserver.redirect()

    def call(caller: Any, timeout: float = LONG_TIMEOUT) -> int:
        reply = caller.post(
            f"{url}/v1/audiences/get", json={}, headers=mockserver.headers("ortto"), timeout=timeout
        )
        return int(reply.status_code)

    def assert_fails(
        kind: Any,
        requests_error: type[Exception],
        httpx_error: type[Exception],
        *,
        timeout: float = LONG_TIMEOUT,
        **options: Any,
    ) -> None:
        mockserver.faults.add("ortto", "get_audiences", kind, times=2, **options)
        with pytest.raises(requests_error):
            call(session, timeout)
        with pytest.raises(httpx_error):
            call(client, timeout)

    with redirect, session, client:
        assert (call(session), call(client)) == (200, 200)
        assert_fails("drop_before", requests.ConnectionError, httpx.RemoteProtocolError)
        assert_fails("drop_after", requests.ConnectionError, httpx.RemoteProtocolError)
        assert_fails("reset", requests.ConnectionError, httpx.ReadError)
        assert_fails("truncate", requests.exceptions.ChunkedEncodingError, httpx.RemoteProtocolError)
        assert_fails("latency", requests.ReadTimeout, httpx.ReadTimeout, seconds=1, timeout=SHORT_TIMEOUT)
        assert_fails(
            "trickle", requests.ConnectionError, httpx.ReadTimeout, seconds=60, timeout=TRICKLE_TIMEOUT
        )
        assert (call(session), call(client)) == (200, 200)
    applied = [one["fault"]["kind"] for one in mockserver.journal() if one["fault"]]
    assert applied == [kind for kind in FAULTS for _ in "12"]


def test_a_world_of_another_process_has_no_transport(mockserver: World) -> None:
    mockserver.app = None
    with pytest.raises(ValueError, match="is served by another process"):
        mockserver.transport("requests")
