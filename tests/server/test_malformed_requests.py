"""Seeded fuzz: whatever bytes a client sends, the server replies in HTTP, or closes, and goes on."""

import logging
import random
import socket
from collections.abc import Iterator

import pytest

from mockserver.app import create_app
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario
from tests.server.wire import connected, exchange, get, parse, serving, until_closed

PIECES = (
    *(b"GET", b"POST", b"HEAD", b"PUT", b"FROB", b" ", b"  ", b"\t", b"/", b"*", b"http://there/a"),
    *(b"/ortto/v1/audiences/get", b"/w/%2F/x", b"%00%0a", b"?a=%zz&\xc3\xa5"),
    *(b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9", b"\r\n", b"\n", b"\r", b"\r\n\r\n"),
    *(b"Host: localhost\r\n", b"Host: a\r\nHost: b\r\n", b"Connection: close\r\n"),
    *(b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999999999999\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: x\r\n", b"Expect: 100-continue\r\n"),
    *(b"Connection: upgrade\r\nUpgrade: h2c\r\n", b"X-A: \0\r\n", b"X-A : b\r\n", b" folded\r\n"),
    *(
        b"5\r\nhello\r\n",
        b"0\r\n\r\n",
        b"fffffffffffffffff\r\n",
        b"hello",
        b"{}",
        b"\xff\xfe",
        b"\x16\x03\x01",
    ),
    b"X-Long: " + b"x" * 3_000 + b"\r\n",
)
VALID = (
    get("/_mock/health"),
    get("/ortto/v1/audiences/get", "Content-Length: 2", "X-Api-Key: PRK-mockserver", method="POST") + b"{}",
    get("/nobody/x", "Transfer-Encoding: chunked", method="PUT") + b"2\r\nab\r\n0\r\n\r\n",
    get("/", "Connection: close", version="1.0"),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(create_app(load_scenario("empty"))) as server:
        yield server


def request_of(chance: random.Random) -> bytes:
    """Loose pieces, or a valid request with some bytes changed, cut out, doubled or inserted."""
    if chance.random() < 0.4:
        return b"".join(chance.choices(PIECES, k=chance.randint(1, 14)))
    valid = b"".join(chance.choices(VALID, k=chance.randint(1, 3)))
    data = bytearray(valid.replace(b"Host: here", b"Host: localhost"))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        if chance.random() < 0.5:
            data[at:at] = chance.choice(PIECES)
        elif chance.random() < 0.5:
            data[at : at + chance.randint(1, 20)] = b""
        else:
            data[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(data)


@pytest.mark.parametrize(
    "count", [1_000, pytest.param(10_000, marks=pytest.mark.thorough)], ids=["gate", "thorough"]
)
def test_every_request_is_answered_in_http_or_not_at_all(
    count: int, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(20261128)
    with caplog.at_level(logging.WARNING):
        for number in range(count):
            request = request_of(chance)
            with connected(server) as line:
                cut = chance.randrange(len(request) + 1) if chance.random() < 0.3 else len(request)
                try:
                    line.sendall(request[:cut])
                    line.sendall(request[cut:])
                    line.shutdown(socket.SHUT_WR)
                    data = until_closed(line)
                except OSError:
                    continue  # closed at once, as for a TLS hello
            assert_is_http(data, f"{number}: {request!r}")
    assert [one.getMessage() for one in caplog.records if "TLS" not in one.getMessage()] == []
    [alive] = parse(exchange(server, get("http://localhost/_mock/health", "Connection: close")))
    assert alive.status == 200


def assert_is_http(data: bytes, where: str) -> None:
    """Only the number of bytes of a reply to HEAD is not known here: its body is left out."""
    for head in data.split(b"HTTP/1.1 ")[1:]:
        status, _, rest = head.partition(b" ")
        assert status.isdigit(), where
        assert 100 <= int(status) < 600, where
        assert b"\r\n\r\n" in rest, where
        headers = rest.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
        assert all(b": " in line for line in headers), where
    assert data.startswith(b"HTTP/1.1 ") or not data, where
