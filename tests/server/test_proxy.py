"""The forward proxy: answers vendors' hosts itself, connects to passed hosts, refuses every other one."""

import json
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import requests

from mockserver.app import create_app
from mockserver.client import Control, World
from mockserver.errors import UnknownVendorError
from mockserver.server import serving as server_loop
from mockserver.server.certificates import LocalAuthority
from mockserver.server.http_server import Server, fast_loop_factory
from mockserver.server.proxy import Proxy
from tests.server.authority import new_authority, over_tls
from tests.server.wire import connected, exchange, get, parse, reset_on_close, serving, until_closed

ORTTO = "https://api.ap3api.com/v1/audiences/get"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return new_authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def server(request: pytest.FixtureRequest, authority: LocalAuthority) -> Iterator[Server]:
    app = create_app(people=20, host_map={"eu.ortto.example": "ortto"})
    factory = fast_loop_factory() if request.param == "uvloop" else None
    with serving(app, ssl_context=authority.context(), proxy=Proxy(), loop_factory=factory) as server:
        yield server


def plain_url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def world(server: Server) -> World:
    return Control(plain_url(server)).create_world("mine", people=3)


@pytest.fixture
def client(server: Server, authority: LocalAuthority) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": plain_url(server), "https": plain_url(server)}
        session.verify = str(authority.path)
        yield session


def connect(target: str, *headers: str, version: str = "1.1") -> bytes:
    return get(target, *headers, method="CONNECT", version=version)


# Hosts of vendors


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_vendors_own_url_is_answered(client: requests.Session, world: World, scheme: str) -> None:
    url = ORTTO.replace("https", scheme)
    for _ in range(2):
        assert client.post(url, json={}, headers=world.headers("ortto"), timeout=20).status_code == 200
    assert [one["call"]["url"] for one in world.journal(vendor="ortto")[-2:]] == [url, url]


@pytest.mark.parametrize(
    ("url", "vendor"),
    [
        ("https://shop.voyado.com/api/v3/target-audiences", "voyado"),
        ("https://eu.ortto.example/v1/audiences/get", "ortto"),
    ],
)
def test_variable_and_mapped_hosts_are_answered(
    client: requests.Session, world: World, url: str, vendor: str
) -> None:
    method = "POST" if vendor == "ortto" else "GET"
    headers = {**world.headers(vendor), "Content-Type": "application/json"}
    reply = client.request(method, url, headers=headers, data="{}" if vendor == "ortto" else None, timeout=20)
    assert reply.status_code == 200, reply.text
    assert world.journal(vendor=vendor)[-1]["call"]["url"] == url


def test_the_host_prefix_and_the_header_choose_the_world(client: requests.Session, world: World) -> None:
    for url, headers in (
        ("https://mine.ortto.mockserver.test/v1/audiences/get", {}),
        ("https://mine.ortto.mockserver.localhost/v1/audiences/get", {}),
        (ORTTO, {"X-Mockserver-World": "mine"}),
    ):
        before = len(world.journal())
        assert client.post(url, json={}, headers=headers, timeout=20).status_code == 401
        [entry] = world.journal()[before:]
        assert (entry["call"]["url"], entry["reply"]["status"]) == (url, 401)
        assert "x-mockserver-world" not in entry["call"]["headers"]
    unknown = client.post(ORTTO, json={}, headers={"X-Mockserver-World": "nope"}, timeout=20)
    assert (unknown.status_code, unknown.json()["error"]) == (404, "unknown_world")


def test_the_world_header_works_without_a_proxy(server: Server, world: World) -> None:
    headers = {"X-Mockserver-World": "mine"}
    before = len(world.journal())
    for url in (f"{plain_url(server)}/ortto/v1/audiences/get", f"{plain_url(server)}/w/default/ortto/v1/x"):
        requests.post(url, json={}, headers=headers, timeout=20)
    assert len(world.journal()) == before + 1, "a world in the URL goes before the header"


def test_an_https_url_in_absolute_form_is_answered(server: Server, world: World) -> None:
    """As axios asks a proxy."""
    key = world.headers("ortto")["X-Api-Key"]
    head = ["Host: api.ap3api.com", f"X-Api-Key: {key}", "Content-Length: 2", "Connection: close"]
    request = "\r\n".join([f"POST {ORTTO} HTTP/1.1", *head, "", "{}"]).encode()
    [reply] = parse(exchange(server, request), "POST")
    assert reply.status == 200, reply.body
    assert world.journal(vendor="ortto")[-1]["call"]["url"] == ORTTO


def test_the_server_itself_is_reached_through_it(server: Server, client: requests.Session) -> None:
    for scheme in ("http", "https"):
        url = f"{scheme}://127.0.0.1:{server.port}/_mock/health"
        assert client.get(url, timeout=20).json()["status"] == "ok"


def test_a_tunnel_may_carry_plain_http_and_come_from_an_old_client(server: Server) -> None:
    first = connect("api.ap3api.com:80", version="1.0")
    data = exchange(server, first + get("/v1/x", "Connection: close").replace(b"here", b"api.ap3api.com"))
    established, _, rest = data.partition(b"\r\n\r\n")
    assert established == b"HTTP/1.1 200 Connection established"
    assert [one.status for one in parse(rest)] == [401]


def test_a_proxy_over_tls_tunnels_tls(server: Server, authority: LocalAuthority) -> None:
    with connected(server) as line, over_tls(line, authority, "localhost") as outer:
        outer.sendall(connect("api.ap3api.com:443"))
        assert outer.recv(1000).startswith(b"HTTP/1.1 200 ")
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cadata=authority.certificate.decode())
        inner = context.wrap_bio(incoming, outgoing, server_hostname="api.ap3api.com")
        while True:
            try:
                inner.do_handshake()
                break
            except ssl.SSLWantReadError:
                outer.sendall(outgoing.read())
                incoming.write(outer.recv(1 << 16))
        inner.write(get("/v1/x", "Connection: close").replace(b"here", b"api.ap3api.com"))
        outer.sendall(outgoing.read())
        incoming.write(until_closed(outer))
        received = b""
        try:
            while part := inner.read(1 << 16):
                received += part
        except ssl.SSLZeroReturnError:
            pass
    assert [one.status for one in parse(received)] == [401]


# Other hosts


@pytest.mark.parametrize("host", ["api.example.com", "ap3api.com", "127.0.0.1", "xvoyado.com", "10.0.0.1"])
def test_other_hosts_are_refused_with_one_line(
    server: Server, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    absolute = get(f"http://{host}:81/secret?a=b")
    with caplog.at_level(logging.WARNING):
        replies = [parse(exchange(server, one))[0] for one in (connect(f"{host}:81"), absolute)]
    assert [one.status for one in replies] == [403, 403]
    assert len(caplog.records) == 2
    for reply, record in zip(replies, caplog.records, strict=True):
        message = json.loads(reply.body)["message"]
        assert message.startswith(f"the proxy does not connect to {host}:81, which is not a vendor's host; ")
        assert f"--pass {host}" in message
        assert record.getMessage() == message


def test_the_line_reaches_the_users_of_a_client(client: requests.Session) -> None:
    with pytest.raises(
        requests.exceptions.ProxyError, match=r"403 Not a vendor's host: api\.example\.com:443"
    ):
        client.get("https://api.example.com/", timeout=20)


@pytest.mark.parametrize(
    "target",
    [
        "x",
        ":443",
        "api.ap3api.com",
        "api.ap3api.com:0",
        "api.ap3api.com:65536",
        "a@b:c:1",
        "[::1",
        "/path",
        "*",
    ],
)
def test_malformed_connects_are_refused(server: Server, target: str) -> None:
    for more in ((), ("Content-Length: 5", "Upgrade: x"), ("Transfer-Encoding: chunked",)):
        [reply, *rest] = parse(exchange(server, connect(target, *more)))
        assert (reply.status, rest) == (400, []), reply


def test_connects_are_bounded(server: Server) -> None:
    with connected(server, connect("api.ap3api.com:80")) as line:
        assert line.recv(1000).startswith(b"HTTP/1.1 200 ")
        line.sendall(connect("api.ap3api.com:80"))
        [nested] = parse(until_closed(line))
    assert (nested.status, b"not to another proxy" in nested.body) == (400, True)
    [long] = parse(exchange(server, connect("a" * 70_000 + ":443")))
    assert long.status == 414


def test_a_flood_of_half_open_tunnels_makes_room(authority: LocalAuthority) -> None:
    limits = {"connections": 8}
    with serving(
        create_app(people=1), ssl_context=authority.context(), proxy=Proxy(), limits=limits
    ) as server:
        lines = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(40)]
        try:
            for number, line in enumerate(lines):
                try:
                    line.sendall(connect("api.ap3api.com:443"))
                    if number % 2 and line.recv(1000):
                        line.sendall(b"\x16\x03\x01\x02\x00")
                except OSError:  # closed already, to make room for a later one
                    continue
            assert requests.get(f"http://127.0.0.1:{server.port}/_mock/health", timeout=20).ok
        finally:
            for line in lines:
                reset_on_close(line)
                line.close()


def test_without_a_proxy_connect_is_405_and_says_how(server: Server) -> None:
    with serving(create_app(people=1)) as plain:
        [reply] = parse(exchange(plain, connect("api.ap3api.com:443")))
    assert (reply.status, json.loads(reply.body)["error"]) == (405, "no_proxy")
    assert "--proxy" in json.loads(reply.body)["message"]


# Passed hosts


@contextmanager
def passing(authority: LocalAuthority, *hosts: str, **limits: Any) -> Iterator[Server]:
    proxy = Proxy(hosts)
    with serving(create_app(people=1), ssl_context=authority.context(), proxy=proxy, limits=limits) as server:
        yield server


def test_passed_hosts_are_reached_both_ways(authority: LocalAuthority) -> None:
    body = bytes(2 << 20)
    with serving() as other, passing(authority, "127.0.0.1") as server:
        request = get("/a?b=c", f"Content-Length: {len(body)}", "X-A: b", "Connection: close", method="POST")
        tunnelled = exchange(server, connect(f"127.0.0.1:{other.port}") + request + body)
        established, _, rest = tunnelled.partition(b"\r\n\r\n")
        assert established == b"HTTP/1.1 200 Connection established"
        absolute = request.replace(b"/a?b=c", f"http://127.0.0.1:{other.port}/a?b=c".encode())
        replies = [parse(one, "POST")[0] for one in (rest, exchange(server, absolute + body))]
        for reply in replies:
            told = json.loads(reply.body)
            assert (told["path"], told["query"], told["headers"]["x-a"]) == ("/a", "b=c", "b")
            assert len(told["body"]) == len(body)
        assert json.loads(replies[1].body)["headers"]["host"] == f"127.0.0.1:{other.port}"


def test_a_host_that_does_not_answer_is_502(authority: LocalAuthority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with passing(authority, "127.0.0.1") as server:
        for request in (connect(f"127.0.0.1:{port}"), get(f"http://127.0.0.1:{port}/")):
            assert [one.status for one in parse(exchange(server, request))] == [502]


def test_an_idle_tunnel_is_closed(authority: LocalAuthority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_loop, "_SWEEP_SECONDS", 0.05)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        passing(authority, "127.0.0.1", idle_seconds=0.1) as server,
    ):
        line = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        line.sendall(connect(f"127.0.0.1:{silent.getsockname()[1]}"))
        accepted, _ = silent.accept()
        assert line.recv(1000).startswith(b"HTTP/1.1 200 ")
        with suppress(ConnectionResetError):
            assert line.recv(1000) == b""
        line.close()
        accepted.close()


def test_names_that_pass() -> None:
    proxy = Proxy(["api.example.com", ".internal.example", "10.0.0.1"])
    passed = ["API.example.com", "api.example.com.", "a.b.internal.example", "10.0.0.1"]
    assert [host for host in passed if not proxy.is_passed(host)] == []
    refused = ["example.com", "x.api.example.com", "internal.example", "110.0.0.1", "binternal.example"]
    assert [host for host in refused if proxy.is_passed(host)] == []


def test_an_unknown_vendor_of_a_host_is_an_error() -> None:
    with pytest.raises(UnknownVendorError, match="unknown vendor 'nope'"):
        create_app(people=1, host_map={"a.example": "nope"})


def test_nothing_but_loopback_is_asked_for(
    server: Server, client: requests.Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def record(host: str, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", record)
    client.post(ORTTO, json={}, headers=world.headers("ortto"), timeout=20)
    exchange(server, connect("api.example.com:443"))
    assert set(asked) == {"127.0.0.1"}


@pytest.mark.parametrize(("length", "status"), [(255, 403), (256, 400)])
def test_a_host_name_has_at_most_255_characters(server: Server, length: int, status: int) -> None:
    """What is refused is remembered and looked up label by label, so a name has a bound."""
    name = ("a." * length)[:length]
    for request in (connect(f"{name}:443"), get(f"http://{name}/")):
        assert parse(exchange(server, request))[0].status == status
