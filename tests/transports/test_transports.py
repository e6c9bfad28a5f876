"""Without sockets everything is as on the wire: answers, breaks, delays, what is sent and what is kept."""

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
from tests.transports.breaking import BODY, DELAY, PATIENCE, TIMEOUT, app, chain, patience, real
from tests.transports.test_wire_faults import with_httpx, with_httpx_async, with_requests

Client = Callable[[str], bytes]


@pytest.fixture(autouse=True)
def no_sockets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here opens a connection, but for those tests that compare."""
    if not {"broken", "mockserver"} & set(request.fixturenames):

        def refuse(*_: object) -> None:
            raise AssertionError("a socket was opened")

        monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module")
def broken() -> Iterator[str]:
    with real() as url:
        yield url


def requests_inside(url: str, **options: Any) -> bytes:
    with requests.Session() as session:
        session.mount("http://", transport("requests", app))
        session.mount("https://", transport("requests", app))
        return session.get(url, **{"timeout": patience(url), **options}).content


def httpx_inside(url: str) -> bytes:
    with httpx.Client(transport=transport("httpx", app), timeout=patience(url)) as client:
        return client.get(url).content


def httpx_async_inside(url: str) -> bytes:
    async def call() -> bytes:
        async with httpx.AsyncClient(transport=transport("httpx", app), timeout=patience(url)) as client:
            return (await client.get(url)).content

    return asyncio.run(call())


def urllib3_inside(url: str) -> bytes:
    return transport("urllib3", app).request("GET", url, timeout=patience(url), retries=False).data  # type: ignore[no-any-return]


def with_urllib3(url: str) -> bytes:
    return urllib3.PoolManager().request("GET", url, timeout=patience(url), retries=False).data


TWINS: dict[Client, Client] = {
    requests_inside: with_requests,
    httpx_inside: with_httpx,
    httpx_async_inside: with_httpx_async,
    urllib3_inside: with_urllib3,
}
INSIDE = pytest.mark.parametrize("client", TWINS, ids=lambda one: one.__name__)


@INSIDE
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_application_answers(client: Client, scheme: str) -> None:
    assert client(f"{scheme}://vendor.example/whole") == BODY
    assert client(f"{scheme}://vendor.example/a%20b%C3%A5?c=d") == "/a bå".encode()


@INSIDE
@pytest.mark.parametrize("fault", ["drop", "cut", "cut-at-once", "cut-large", "delayed-drop", "late"])
def test_a_break_is_what_it_is_on_the_wire(client: Client, fault: str, broken: str) -> None:
    with pytest.raises(Exception) as real:  # noqa: PT011 - its kind is compared
        TWINS[client](f"{broken}/{fault}")
    with pytest.raises(Exception) as inside:  # noqa: PT011
        client(f"http://vendor.example/{fault}")
    # How httpcore met the end of a socket is below what a client sees.
    depth = 2 if "httpx" in client.__name__ else None
    assert chain(inside.value)[:depth] == chain(real.value)[:depth]


@INSIDE
def test_nobody_waits_longer_than_the_timeout(client: Client) -> None:
    begun = time.monotonic()
    with pytest.raises(Exception, match=r"timed out|Timeout"):
        client("http://vendor.example/late")
    assert TIMEOUT <= time.monotonic() - begun < PATIENCE / 2
    begun = time.monotonic()
    assert client("http://vendor.example/short-delay") == BODY
    assert time.monotonic() - begun >= 0.1


def test_without_a_timeout_a_delay_is_waited_for() -> None:
    begun = time.monotonic()
    assert requests_inside("http://vendor.example/short-delay", timeout=None) == BODY
    with httpx.Client(transport=transport("httpx", app), timeout=None) as client:  # noqa: S113
        assert client.get("http://x/short-delay").content == BODY
    assert time.monotonic() - begun >= 0.2


def test_waiting_blocks_no_event_loop() -> None:
    async def both() -> float:
        async with httpx.AsyncClient(transport=transport("httpx", app), timeout=PATIENCE) as client:
            begun = time.monotonic()
            await asyncio.gather(*(client.get("http://vendor.example/delay") for _ in range(5)))
            return time.monotonic() - begun

    assert DELAY <= asyncio.run(both()) < 4 * DELAY


def echo(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> list[bytes]:
    """Tells everything that it is told."""
    names = ["REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH", "REMOTE_ADDR"]
    names += ["HTTP_HOST", "HTTP_X_TWICE", "HTTP_COOKIE", "HTTP_TRANSFER_ENCODING", "wsgi.url_scheme"]
    told = {name: environ[name] for name in names if name in environ}
    text = ascii(told | {"body": environ["wsgi.input"].read()})
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
    "waiting for a word": ("POST", "/x", {"headers": {"Expect": "100-continue"}, "data": b"abc"}),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_sent_is_what_a_server_gets(name: str, broken: str) -> None:
    method, path, given = CALLS[name]

    def told(session: requests.Session, url: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        options = {key: value() if callable(value) else value for key, value in given.items()}
        reply = session.request(method, url + path, timeout=5, **options)
        kept = {key: value for key, value in reply.headers.items() if key != "Date"}
        session.cookies.clear()
        return eval(reply.text), list(kept.items())  # noqa: S307 - our own repr

    server = Server(echo).start()
    try:
        with requests.Session() as session:
            outside = told(session, server.url)
            session.mount("http://", transport("requests", echo))
            inside = told(session, server.url)
    finally:
        server.stop()
    assert inside == outside


def test_a_session_keeps_its_cookies_and_connections() -> None:
    with requests.Session() as session:
        session.mount("https://", transport("requests", echo))
        assert "HTTP_COOKIE" not in session.get("https://vendor.example/").text
        told = eval(session.get("https://vendor.example/").text)  # noqa: S307 - our own repr
        assert (told["HTTP_COOKIE"], told["HTTP_HOST"]) == ("seen=1", "vendor.example")
        assert "vendor.example:444'" in session.get("https://vendor.example:444/").text


def test_other_hosts_stay_what_they_are(broken: str) -> None:
    with requests.Session() as session:
        session.mount("http://vendor.example/", transport("requests", app))
        assert session.get("http://vendor.example/whole", timeout=5).content == BODY
        with pytest.raises(requests.ConnectionError):
            session.get(f"{broken}/drop", timeout=5)


def test_proxies_and_certificates_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    assert requests_inside("https://vendor.example/whole") == BODY
    assert httpx_inside("https://vendor.example/whole") == BODY


@pytest.mark.parametrize("path", ["whole", "cut"])
def test_a_body_can_be_streamed(path: str) -> None:
    with requests.Session() as session:
        session.mount("http://", transport("requests", app))
        streamed = session.get(f"http://vendor.example/{path}", stream=True, timeout=5)
        assert streamed.status_code == 200
        assert next(streamed.iter_content(4)) == BODY[:4]
        streamed.close()
    with (
        httpx.Client(transport=transport("httpx", app)) as client,
        client.stream("GET", f"http://vendor.example/{path}") as reply,
    ):
        assert reply.headers["Content-Length"] == str(len(BODY))


def test_a_pool_goes_on_after_a_break() -> None:
    with httpx.Client(transport=transport("httpx", app)) as client:
        for fault in ("drop", "cut"):
            assert client.post("http://x/echo", content=b"abc").text == "/echoabc"
            with pytest.raises(httpx.RemoteProtocolError):
                client.get(f"http://x/{fault}")
        assert client.get("http://x/whole").content == BODY


def test_redirections_are_followed() -> None:
    def turn(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> list[bytes]:
        if environ["PATH_INFO"] == "/from":
            start_response("307 Temporary Redirect", [("Location", "/to"), ("Content-Length", "0")])
            return []
        start_response("200 OK", [("Content-Length", "3")])
        return [environ["wsgi.input"].read()]

    with requests.Session() as session:
        session.mount("http://", transport("requests", turn))
        assert session.post("http://x/from", data="abc", timeout=5).text == "abc"
    with httpx.Client(transport=transport("httpx", turn), follow_redirects=True) as client:
        assert client.post("http://x/from", content=b"abc").text == "abc"
    assert transport("urllib3", turn).request("POST", "http://x/from", body=b"abc").data == b"abc"


def test_what_an_application_raises_reaches_its_caller() -> None:
    def fail(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> list[bytes]:
        raise ZeroDivisionError("as meant")

    for call in (
        lambda: transport("urllib3", fail).request("GET", "http://x/", retries=False),
        lambda: httpx.Client(transport=transport("httpx", fail)).get("http://x/"),
    ):
        with pytest.raises(ZeroDivisionError, match="as meant"):
            call()


def test_a_call_that_never_ends_times_out_at_once_without_a_timeout() -> None:
    manager = transport("urllib3", app)
    for timeout in (None, TIMEOUT):
        begun = time.monotonic()
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            manager.request(
                "POST", "http://x/", headers={"Content-Length": "9"}, timeout=timeout, retries=False
            )
        assert time.monotonic() - begun >= (timeout or 0)


def test_what_is_no_call_is_refused_as_on_the_wire() -> None:
    odd = {"Content-Length": "none"}
    refused = transport("urllib3", app).request("POST", "http://x/whole", headers=odd, retries=False)
    assert refused.status == 400
    assert refused.headers["Connection"] == "close"


@pytest.mark.parametrize("library", ["aiohttp", "", "os"])
def test_a_library_without_a_transport_is_named(library: str) -> None:
    with pytest.raises(ValueError, match="there is one for httpx, requests, urllib3"):
        transport(library, app)


def test_a_world_has_transports(mockserver: World) -> None:
    url, headers = mockserver.url("ortto"), mockserver.headers("ortto")
    audiences.add(mockserver, "Those without a socket")
    with requests.Session() as session:
        session.mount(url, mockserver.transport("requests"))
        session.headers.update(headers)
        [first, *_] = session.post(f"{url}/v1/audiences/get", json={"limit": 1}, timeout=5).json()
    with httpx.Client(transport=mockserver.transport("httpx"), headers=headers, base_url=url) as client:
        [again, *_] = client.post("/v1/audiences/get", json={"limit": 1}).json()
    assert first["name"] == again["name"] == "Those without a socket"
    assert len(mockserver.journal(operation="get_audiences")) == 2


@pytest.mark.parametrize("way", ["a socket", "a transport", "a redirect"])
def test_planned_faults_are_felt_in_every_way(way: str, mockserver: World) -> None:
    session, client, url = requests.Session(), httpx.Client(), mockserver.url("ortto")
    redirect: AbstractContextManager[object] = nullcontext()
    if way == "a transport":
        session.mount(url, mockserver.transport("requests"))
        client = httpx.Client(transport=mockserver.transport("httpx"))
    elif way == "a redirect":
        url, redirect = "https://api.ap3api.com", mockserver.redirect()

    def call(caller: Any, timeout: float = PATIENCE) -> int:
        reply = caller.post(
            f"{url}/v1/audiences/get", json={}, headers=mockserver.headers("ortto"), timeout=timeout
        )
        return int(reply.status_code)

    def struck(kind: Any, mine: type[Exception], theirs: type[Exception], **options: Any) -> None:
        mockserver.faults.add("ortto", "get_audiences", kind, times=2, **options)
        timeout = TIMEOUT if options else PATIENCE
        with pytest.raises(mine):
            call(session, timeout)
        with pytest.raises(theirs):
            call(client, timeout)

    with redirect, session, client:
        assert (call(session), call(client)) == (200, 200)
        struck("drop_before", requests.ConnectionError, httpx.RemoteProtocolError)
        struck("drop_after", requests.ConnectionError, httpx.RemoteProtocolError)
        struck("truncate", requests.exceptions.ChunkedEncodingError, httpx.RemoteProtocolError)
        struck("latency", requests.ReadTimeout, httpx.ReadTimeout, seconds=1)
        assert (call(session), call(client)) == (200, 200)
    applied = [one["fault"]["kind"] for one in mockserver.journal() if one["fault"]]
    assert applied == [kind for kind in ("drop_before", "drop_after", "truncate", "latency") for _ in "12"]


def test_a_world_elsewhere_has_none(mockserver: World) -> None:
    mockserver.app = None
    with pytest.raises(ValueError, match="lives in another process"):
        mockserver.transport("requests")
