"""Redirects of unchanged client code to a world, for every supported library."""

import asyncio
import http.client
import json
import re
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import httpcore
import httpx
import pytest
import requests
import urllib3
from requests_oauthlib import OAuth1

from mockserver.client import Control, World
from mockserver.contract.servers import Server
from mockserver.redirection import Redirect
from mockserver.redirection.socket_guard import socket_guard
from mockserver.server import wsgi_adapter
from tests import audiences
from tests.live_server import served
from tests.transports.faulty_servers import BODY, app, socket_server

ORTTO = "https://api.ap3api.com/v1/audiences/get"
PATCHED_FUNCTIONS = (
    (urllib3.HTTPConnectionPool, "urlopen"),
    (httpcore.ConnectionPool, "handle_request"),
    (httpcore.AsyncConnectionPool, "handle_async_request"),
    (aiohttp.ClientSession, "_request"),
    (http.client.HTTPConnection, "putrequest"),
    (http.client.HTTPConnection, "putheader"),
    (http.client.HTTPConnection, "connect"),
    (http.client.HTTPSConnection, "connect"),
)

UNREACHABLE = (
    *(requests.ConnectionError, httpx.ConnectError, urllib3.exceptions.MaxRetryError),
    *(aiohttp.ClientConnectionError, urllib.error.URLError),
)

Client = Callable[..., Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Control]:
    with served() as url:
        yield Control(url)


@pytest.fixture(params=["in this process", "in another process"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A world whose server runs in this process, and one in another process (only its URL is known)."""
    if request.param == "in this process":
        yield request.getfixturevalue("mockserver")
        return
    world = request.getfixturevalue("server").create_world(people=20)
    yield world
    world.delete()


@pytest.fixture(autouse=True)
def check_hooks_removed() -> Iterator[None]:
    """Every test restores the libraries' functions."""
    before = [owner.__dict__[name] for owner, name in PATCHED_FUNCTIONS]
    yield
    assert [owner.__dict__[name] for owner, name in PATCHED_FUNCTIONS] == before


def with_requests(method: str, url: str, **options: Any) -> Any:
    return requests.request(method, url, timeout=20, **options)


def with_httpx(method: str, url: str, **options: Any) -> Any:
    return httpx.request(method, url, timeout=20, **options)


def with_httpx_async(method: str, url: str, **options: Any) -> Any:
    async def call() -> httpx.Response:
        async with httpx.AsyncClient(timeout=20) as client:
            return await client.request(method, url, **options)

    return asyncio.run(call())


class Urllib3Reply:
    """urllib3's response with the attributes of the others."""

    def __init__(self, reply: urllib3.BaseHTTPResponse) -> None:
        self.status_code, self.headers, self.text = reply.status, reply.headers, reply.data.decode()
        self.json, self.url = reply.json, reply.url


def with_urllib3(method: str, url: str, **options: Any) -> Any:
    with urllib3.PoolManager() as manager:
        return Urllib3Reply(manager.request(method, url, timeout=20, **options))


class PlainReply:
    """A reply of a status, headers and bytes with the attributes of the others."""

    def __init__(self, status: int, headers: Any, content: bytes, url: str) -> None:
        self.status_code, self.headers, self.content, self.url = status, headers, content, url
        self.text = content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


def with_aiohttp(method: str, url: str, **options: Any) -> Any:
    async def call() -> PlainReply:
        async with aiohttp.ClientSession() as session, session.request(method, url, **options) as reply:
            return PlainReply(reply.status, reply.headers, await reply.read(), str(reply.url))

    return asyncio.run(call())


def with_urllib(method: str, url: str, **options: Any) -> Any:
    body, headers = None, dict(options.get("headers", {}))
    if "json" in options:
        body = json.dumps(options["json"]).encode()
        headers["Content-Type"] = "application/json"
    call = urllib.request.Request(url, body, headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(call, timeout=20) as reply:  # noqa: S310
            return PlainReply(reply.status, reply.headers, reply.read(), url)
    except urllib.error.HTTPError as error:
        with error:
            return PlainReply(error.code, error.headers, error.read(), url)


CLIENTS = pytest.mark.parametrize(
    "client",
    [with_requests, with_httpx, with_httpx_async, with_urllib3, with_aiohttp, with_urllib],
    ids=lambda one: one.__name__,
)


@CLIENTS
def test_the_vendors_own_url_reaches_the_world(client: Client, world: World) -> None:
    audiences.add(world, "In this world")
    before = len(world.journal())
    with world.redirect():
        for _ in range(2):
            reply = client("POST", ORTTO, json={"limit": 1}, headers=world.headers("ortto"))
            assert reply.status_code == 200, reply.text
            assert [one["name"] for one in reply.json()] == ["In this world"]
    calls = world.journal()[before:]
    assert [one["call"]["url"] for one in calls] == [ORTTO, ORTTO]
    assert {one["call"]["headers"]["host"] for one in calls} == {"api.ap3api.com"}
    assert not [name for one in calls for name in one["call"]["headers"] if "mockserver" in name]


@CLIENTS
def test_hosts_with_variables_match(client: Client, world: World) -> None:
    headers = {**world.headers("voyado"), "Content-Type": "application/json"}
    with world.redirect():
        for host in ("abc123.voyado.com", "MY-SHOP.voyado.com", "a.staging.voyado.com:8443"):
            url = f"https://{host}/api/v3/target-audiences"
            assert client("GET", url, headers=headers).status_code == 200


@CLIENTS
def test_credentials_of_another_world_are_rejected(client: Client, world: World, server: Control) -> None:
    foreign = server.world().headers("ortto")
    with world.redirect():
        for headers in (foreign, {}):
            assert client("POST", ORTTO, json={}, headers=headers).status_code == 401
    assert [one["reply"]["status"] for one in world.journal(vendor="ortto")] == [401, 401]


def test_a_signature_over_the_vendors_own_url_is_valid(world: World) -> None:
    given = world.credentials("spotler")
    auth = OAuth1(given["consumer_key"], client_secret=given["consumer_secret"])
    url = "https://restapi.mailplus.nl/integrationservice/contact/properties/list?a=b"
    with world.redirect(), requests.Session() as session:
        session.auth = auth
        assert session.get(url, timeout=20).status_code == 200
        assert session.get(url.replace("https", "http"), timeout=20).status_code == 200
        signed = requests.Request("GET", url, auth=auth).prepare()
        assert httpx.get(url, headers={"Authorization": signed.headers["Authorization"]}).status_code == 200
    assert world.journal()[-1]["call"]["url"] == url


def test_session_cookies_work(world: World) -> None:
    host = "https://digitalaudience.example"
    credentials = world.credentials("digitalaudience")
    user = {name: credentials[name] for name in ("userName", "password")}
    with world.redirect(), requests.Session() as session, httpx.Client() as client:
        for caller in (session, client):
            assert caller.post(f"{host}/account/login", json=user).status_code == 200
            assert caller.get(f"{host}/campaign/loadcampaigns").json()["success"] is True


def test_further_hosts_can_be_added(world: World) -> None:
    user = world.credentials("digitalaudience")
    hosts = {"da.example": "digitalaudience", "https://eu.example/api/v9": "digitalaudience"}
    with world.redirect(hosts=hosts):
        for base in ("https://da.example", "https://eu.example/api/v9", "http://eu.example/api/v9"):
            assert requests.post(f"{base}/account/login", json=user, timeout=20).status_code == 200
        outside = requests.post("https://eu.example/account/login?x=y", json=user, timeout=20)
    assert outside.status_code == 200  # the base path is optional, as in lookups by Host header
    urls = [one["call"]["url"] for one in world.journal(vendor="digitalaudience")]
    assert urls[1:] == [
        "https://eu.example/api/v9/account/login",
        "http://eu.example/api/v9/account/login",
        "https://eu.example/account/login?x=y",
    ]
    with pytest.raises(ValueError, match="unknown vendor 'da'"):
        world.redirect(hosts={"da.example": "da"})


@CLIENTS
def test_calls_to_other_hosts_are_not_redirected(client: Client, world: World) -> None:
    with socket_server() as url, world.redirect():
        assert client("GET", f"{url}/whole").text == BODY.decode()
        assert client("GET", f"{world.url('ortto')}/openapi.json").status_code == 200
        for host in ("nowhere.invalid", "ap3api.com.invalid"):
            with pytest.raises(UNREACHABLE):
                client("GET", f"https://{host}/", **({"retries": 0} if client is with_urllib3 else {}))


@CLIENTS
def test_a_strict_redirect_refuses_other_hosts(client: Client, world: World) -> None:
    with socket_server() as url, world.redirect(strict=True):
        assert client("POST", ORTTO, json={}, headers=world.headers("ortto")).status_code == 200
        assert client("GET", f"{url}/whole").text == BODY.decode()
        assert client("GET", f"{world.url('ortto')}/openapi.json").status_code == 200
        with pytest.raises(UNREACHABLE, match=r"api\.example\.com is not a host of a vendor") as refused:
            client("GET", "https://api.example.com/v1")
    assert re.search(r"world \(called in \S*test_redirect\.py:\d+\); fix the URL", str(refused.value))


def open_with_asyncio(host: str) -> None:
    asyncio.run(asyncio.open_connection(host, 443))


def open_with_a_socket(host: str) -> None:
    with socket.socket() as line:
        line.settimeout(1)
        line.connect((host, 443))


def send_a_datagram(host: str) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as line:
        line.sendto(b"x", (host, 9))


@pytest.mark.parametrize(
    ("attempt", "host"),
    [
        (lambda host: socket.getaddrinfo(host, 443), "api.example.com"),
        (lambda host: socket.create_connection((host, 443)), "api.example.com"),
        (open_with_asyncio, "api.example.com"),
        (open_with_asyncio, "192.0.2.1"),
        (open_with_a_socket, "192.0.2.1"),
        (send_a_datagram, "192.0.2.1"),
        (lambda host: http.client.HTTPSConnection(host).request("GET", "/"), "api.example.com"),
    ],
)
def test_a_strict_redirect_stops_every_library(
    attempt: Callable[[str], object], host: str, mockserver: World
) -> None:
    with mockserver.redirect(strict=True):
        with pytest.raises(OSError, match=rf"{re.escape(host)}.* not a host of") as refused:
            attempt(host)
        assert "\n" not in str(refused.value)
        # A lookup of asyncio runs in a thread, on whose stack no line of the caller is.
        is_known = attempt is not open_with_asyncio or host == "192.0.2.1"
        assert ("(called in " in str(refused.value)) == is_known
        with socket.create_server(("127.0.0.1", 0)) as here:
            socket.create_connection(here.getsockname()).close()
    socket_guard().check("socket.connect", (None, (host, 443)))  # nothing is refused any more


def test_aiohttp_keeps_the_vendors_cookies(world: World) -> None:
    host = "https://digitalaudience.example"
    credentials = world.credentials("digitalaudience")

    async def call() -> Any:
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{host}/account/login", json=credentials) as login:
                assert (login.status, str(login.url)) == (200, f"{host}/account/login")
            async with session.get(f"{host}/campaign/loadcampaigns", params={"a": "b"}) as reply:
                return await reply.json()

    with world.redirect():
        assert asyncio.run(call())["success"] is True
    assert world.journal()[-1]["call"]["url"] == f"{host}/campaign/loadcampaigns?a=b"


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("shop.localhost", True),
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("[::1]", True),
        ("127.example.com", False),
        ("127.0.0.1.example.com", False),
        ("localhost.example.com", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("example.com", False),
    ],
)
def test_a_strict_redirect_allows_this_machine_only(world: World, host: str, allowed: bool) -> None:
    assert world.redirect(strict=True).allows(host) is allowed


def test_the_innermost_redirect_takes_the_call(world: World, server: Control) -> None:
    other = server.create_world(people=5)

    def count_calls() -> tuple[int, int]:
        return len(world.journal(vendor="ortto")), len(other.journal(vendor="ortto"))

    def call(target: World) -> None:
        assert requests.post(ORTTO, json={}, headers=target.headers("ortto"), timeout=20).status_code == 200

    with world.redirect():
        call(world)
        with other.redirect():
            call(other)
        call(world)
    assert count_calls() == (2, 1)


def test_redirects_may_end_in_any_order(world: World, server: Control) -> None:
    other = server.create_world(people=5)
    first, second = world.redirect(), other.redirect(strict=True)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert requests.post(ORTTO, json={}, headers=other.headers("ortto"), timeout=20).status_code == 200
    second.__exit__(None, None, None)
    assert len(other.journal(vendor="ortto")) == 1


def test_a_redirect_cannot_be_entered_twice(world: World) -> None:
    redirect = world.redirect()
    with redirect, pytest.raises(RuntimeError, match="already active"):
        redirect.__enter__()
    with redirect:
        assert httpx.post(ORTTO, json={}, headers=world.headers("ortto")).status_code == 200


def test_an_exception_ends_the_redirect(world: World) -> None:
    with pytest.raises(ZeroDivisionError), world.redirect():
        raise ZeroDivisionError


def test_a_patch_over_the_hook_is_kept(world: World) -> None:
    pools: Any = urllib3.HTTPConnectionPool
    urlopen = pools.urlopen
    passed: list[str] = []
    with world.redirect():
        ours = pools.urlopen

        def theirs(self: Any, method: str, url: str, *arguments: Any, **options: Any) -> Any:
            passed.append(url)
            return ours(self, method, url, *arguments, **options)

        pools.urlopen = theirs
        assert with_requests("POST", ORTTO, json={}, headers=world.headers("ortto")).status_code == 200
    assert pools.urlopen is theirs
    with socket_server() as url:
        assert with_requests("GET", f"{url}/whole").content == BODY
    assert passed == ["/v1/audiences/get", "/whole"]
    pools.urlopen = ours  # as the other patch leaves it when it is undone
    with world.redirect():
        assert with_requests("POST", ORTTO, json={}, headers=world.headers("ortto")).status_code == 200
    assert pools.urlopen is urlopen


def test_other_threads_are_redirected_too(world: World) -> None:
    ready = threading.Barrier(8)

    def call(number: int) -> int:
        ready.wait(timeout=10)
        caller = with_requests if number % 2 else with_httpx
        return int(caller("POST", ORTTO, json={}, headers=world.headers("ortto")).status_code)

    with world.redirect(), ThreadPoolExecutor(8) as pool:
        assert list(pool.map(call, range(8))) == [200] * 8
    assert len(world.journal(vendor="ortto")) == 8


def test_proxies_are_bypassed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    headers = world.headers("ortto")
    with world.redirect():
        for url in (ORTTO, ORTTO.replace("https", "http")):
            for client in (with_requests, with_httpx, with_httpx_async):
                assert client("POST", url, json={}, headers=headers).status_code == 200
        for url in (ORTTO, ORTTO.replace("https", "http")):
            proxy = urllib3.ProxyManager("http://127.0.0.1:1")
            proxied = proxy.request("POST", url, json={}, headers=headers)
            assert proxied.status == 200


def test_a_host_header_of_the_client_is_ignored(world: World) -> None:
    headers = {**world.headers("ortto"), "Host": "elsewhere.example"}
    with world.redirect():
        for client in (with_requests, with_httpx, with_urllib3):
            assert client("POST", ORTTO, json={}, headers=headers).status_code == 200


def redirected(application: Any, host: str = "vendor.example") -> Redirect:
    return Redirect([(Server.parse(f"https://{host}"), "http://127.0.0.1:9")], application)


def test_faults_raise_the_exceptions_of_the_library() -> None:
    with redirected(app):
        with pytest.raises(requests.ConnectionError):
            requests.get("https://vendor.example/drop", timeout=30)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            requests.get("https://vendor.example/cut", timeout=30)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get("https://vendor.example/cut")
        with pytest.raises(requests.ReadTimeout):
            requests.get("https://vendor.example/late", timeout=0.1)
        with pytest.raises(httpx.ReadTimeout):
            with_httpx_async_timeout("https://vendor.example/late", 0.1)


def with_httpx_async_timeout(url: str, timeout: float) -> None:
    async def call() -> None:
        async with httpx.AsyncClient(timeout=timeout) as client:
            await client.get(url)

    asyncio.run(call())


def test_timeouts_and_retries_of_the_clients_pool_apply() -> None:
    paths: list[str] = []

    def flaky(environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Any:
        paths.append(environ["PATH_INFO"])
        environ["PATH_INFO"] = "/whole" if len(paths) == 3 else "/drop"
        return app(environ, start_response)

    with redirected(flaky):
        retries = urllib3.Retry(5, backoff_factor=0)
        pool = urllib3.HTTPSConnectionPool(
            "vendor.example", retries=retries, timeout=30, headers={"X-A": "b"}
        )
        assert pool.urlopen("GET", "/often", None, None).data == BODY
    assert paths == ["/often"] * 3
    with redirected(app):
        pool = urllib3.HTTPSConnectionPool("vendor.example", retries=False, timeout=0.1)
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            pool.request("GET", "/late")


def test_streamed_replies_have_the_vendors_url() -> None:
    with redirected(app):
        assert with_urllib3("GET", "https://vendor.example/whole?a=b").url == "/whole?a=b"
        streamed = requests.get("https://vendor.example/whole", stream=True, timeout=30)
        assert (next(streamed.iter_content(5)), streamed.url) == (BODY[:5], "https://vendor.example/whole")
        streamed.close()
        with httpx.stream("POST", "https://vendor.example/echo", content=iter([b"a", b"b"])) as reply:
            assert (reply.read(), reply.url.host) == (b"/echoab", "vendor.example")


@pytest.mark.parametrize(
    "origin",
    [
        *("", "junk", "ftp://a", "https://", "https://a b/", "https://a/?q", "//a"),
        pytest.param(f"https://{'a' * 256}/", id="a long host"),
        pytest.param(f"https://a/{'b' * 256}", id="a long path"),
    ],
)
def test_an_invalid_origin_header_is_ignored(origin: str, mockserver: World) -> None:
    headers = {**mockserver.headers("ortto"), "X-Mockserver-Origin": origin}
    url = f"{mockserver.url('ortto')}/v1/audiences/get"
    assert requests.post(url, json={}, headers=headers, timeout=20).status_code == 200
    assert mockserver.journal()[-1]["call"]["url"] == url


@pytest.mark.usefixtures("mockserver_redirect")
def test_a_whole_test_can_be_redirected(mockserver: World) -> None:
    assert with_requests("POST", ORTTO, json={}, headers=mockserver.headers("ortto")).status_code == 200
    assert len(mockserver.journal()) == 1
