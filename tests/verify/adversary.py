"""A live service that misbehaves below HTTP: its replies are bytes written to a raw socket.

A behaviour gets the connection after the request has been read, and sends what it likes. Those without an end
send until the client hangs up, so that a test ends by the client's limits and by nothing else.
"""

import gzip
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

Behaviour = Callable[[socket.socket], None]

JSON_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


@contextmanager
def adversary(behave: Behaviour) -> Iterator[str]:
    """The URL of a service with this behaviour."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        thread = threading.Thread(target=_serve, args=(listening, behave), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/base"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=20)
    assert not thread.is_alive()


def _serve(listening: socket.socket, behave: Behaviour) -> None:
    while True:
        try:
            connection, _address = listening.accept()
        except OSError:
            return  # the test is over
        with connection:
            try:
                _read_request(connection)
                behave(connection)
            except OSError:
                continue  # the client hung up


def _read_request(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk or chunk[:1] == b"\x16":  # the start of TLS
            return
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [
        line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    ]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)


def sends(reply: bytes) -> Behaviour:
    """Sends these bytes and closes the connection."""
    return lambda connection: connection.sendall(reply)


def sends_json(body: bytes, head: bytes = b"") -> Behaviour:
    return sends(JSON_HEAD + head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def sends_for_ever(head: bytes, piece: bytes) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return behave


def resets(connection: socket.socket) -> None:
    """Closes the connection with a reset in the middle of a reply."""
    connection.sendall(JSON_HEAD + b"Content-Length: 100\r\n\r\n[")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stalls(connection: socket.socket) -> None:
    """Sends half a reply and then nothing, until the client hangs up."""
    connection.sendall(JSON_HEAD + b"Content-Length: 100\r\n\r\n[")
    connection.recv(1)


def drips(head: bytes) -> Behaviour:
    """Sends a byte now and then, so that no single read ever times out."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b"1")
            time.sleep(0.05)

    return behave


def page(status: str, kind: str = "text/html", body: bytes = b"<html><h1>Welcome</h1></html>") -> Behaviour:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return sends(head.encode() + body)


_BOMB: Final = gzip.compress(bytes(4 << 20))
_CHUNKED: Final = JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

UNUSABLE: Final[dict[str, tuple[Behaviour, str]]] = {
    # a behaviour that leaves nothing to judge, and a part of the line that reports it
    "closed at once": (sends(b""), "closed before the reply was complete"),
    "reset in the body": (resets, "closed before the reply was complete"),
    "stalled": (stalls, "timeout: not complete after "),
    "slow drip of headers": (drips(JSON_HEAD + b"X-A: "), "timeout: not complete after "),
    "slow drip of a body": (drips(JSON_HEAD + b"\r\n["), "timeout: not complete after "),
    "content length too large": (sends(JSON_HEAD + b"Content-Length: 99\r\n\r\n[]"), "IncompleteRead"),
    "no HTTP": (sends(b"220 mail.example ESMTP\r\n"), "invalid HTTP: BadStatusLine"),
    "100,000 headers": (sends(JSON_HEAD + b"X-A: b\r\n" * 100_000 + b"\r\n[]"), "invalid HTTP"),
    "endless header": (sends_for_ever(JSON_HEAD + b"X-A: ", b"a" * 4096), "invalid HTTP: LineTooLong"),
    "endless interim responses": (
        sends_for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        "the reply is larger than ",
    ),
    "endless chunks": (
        sends_for_ever(_CHUNKED, b"400\r\n" + b"1" * 1024 + b"\r\n"),
        "the reply is larger than ",
    ),
    "endless tiny chunks": (sends_for_ever(_CHUNKED, b"1\r\n1\r\n" * 512), "the reply is larger than "),
    "endless chunk extension": (sends_for_ever(_CHUNKED + b"1;", b"a" * 4096), "invalid HTTP"),
    "endless trailers": (
        sends_for_ever(_CHUNKED + b"0\r\n", b"X-A: b\r\n" * 64),
        "the reply is larger than ",
    ),
    "endless body": (sends_for_ever(JSON_HEAD + b"\r\n[", b"1," * 2048), "the reply is larger than "),
    "invalid chunk size": (sends(_CHUNKED + b"zz\r\n[]\r\n0\r\n\r\n"), "invalid HTTP: IncompleteRead"),
    "negative chunk size": (sends_for_ever(_CHUNKED + b"-1\r\n", b"a" * 4096), "the reply is larger than "),
    "gzip bomb": (sends_json(_BOMB, b"Content-Encoding: gzip\r\n"), "when decompressed"),
    "nested too deeply": (sends_json(b"[" * 900 + b"]" * 900), "nested deeper than 200 levels"),
    "nested beyond the parser": (sends_json(b"[" * 9000 + b"]" * 9000), "nested deeper than 200 levels"),
    "every call redirected": (
        sends(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"),
        "redirected",
    ),
    "every call unauthorized": (page("401 Unauthorized", "application/json", b"{}"), "was rejected"),
    "every call forbidden": (page("403 Forbidden"), "was rejected"),
    "every call not found": (page("404 Not Found"), "was not found"),
    "every call an unknown path": (page("404 Not Found", "application/json", b"{}"), "was not found"),
    "every call rate limited": (page("429 Too Many Requests", "application/json", b"{}"), "is rate limited"),
    "login page of a proxy": (page("200 OK"), "was answered by a page"),
    "page of a gateway": (page("502 Bad Gateway"), "was answered by a gateway or proxy"),
}

WRONG: Final[dict[str, Behaviour]] = {
    # a behaviour that is a reply, but not one that the contract allows
    "invalid JSON": sends_json(b'{"a": '),
    "NaN": sends_json(b'[{"id": NaN}]'),
    "infinity": sends_json(b'[{"id": 1e999}]'),
    "bytes that are not text": sends_json(b"\xff\xfe\x00[]"),
    "wrong charset": sends_json('["ä"]'.encode("utf-16"), b""),
    "lone surrogate": sends_json(b'[{"id": "\\ud800"}]'),
    "content length too small": sends(JSON_HEAD + b"Content-Length: 3\r\n\r\n" + b'[{"id": 1}]'),
    "empty": sends_json(b""),
    "no gzip": sends_json(b"[{}]", b"Content-Encoding: gzip\r\n"),
    "unknown coding": sends_json(b"[{}]", b"Content-Encoding: br\r\n"),
    "many codings": sends_json(b"[{}]", b"Content-Encoding: " + b"gzip, " * 1000 + b"gzip\r\n"),
    "many violations": sends_json(b"[" + b"5," * 50_000 + b"5]"),
    "a huge number": sends_json(b"[" + b"9" * 5000 + b"]"),
    "control characters": sends_json(b'{"\\u001b[2J": "\\u0000"}'),
    "status 999": page("999 Odd", "application/json", b"[]"),
    "server error": page("500 Internal Server Error", "application/json", b"{}"),
}


def random_reply(seed: int) -> Behaviour:
    """A reply that is a random mixture of right and wrong parts."""
    rng = random.Random(seed)
    status = rng.choice(
        [b"200 OK", b"200", b"404 Not Found", b"500 X", b"302 Found", b"99 Low", b"204 No", b"\xff"]
    )
    kinds = [b"application/json", b"text/html", b"", b"application/json; charset=\xff", b"a/b;" + b";" * 99]
    bodies = [
        b"[]",
        b"{}",
        b"null",
        b"[{}]",
        b"{",
        b"NaN",
        b"\x00",
        b"",
        rng.randbytes(40),
        b"[" * 50 + b"]" * 50,
    ]
    body = rng.choice(bodies)
    length = rng.choice(
        [b"%d" % len(body), b"-1", b"1e3", b"999", b"0", b"", b"%d, %d" % (len(body), len(body))]
    )
    extra = rng.choice(
        [
            b"",
            b"X: y\r\n z\r\n",
            b":\r\n",
            b"Content-Encoding: gzip\r\n",
            b"\x00: 1\r\n",
            b"Set-Cookie: ,,=;\r\n",
        ]
    )
    framing = rng.choice([b"Content-Length: " + length + b"\r\n", b"Transfer-Encoding: chunked\r\n", b""])
    ending = rng.choice([b"\r\n\r\n", b"\r\n\r\n", b"\n\n", b"\r\n"])
    head = b"HTTP/1.1 " + status + b"\r\nContent-Type: " + rng.choice(kinds) + b"\r\n" + extra + framing
    return sends(head.removesuffix(b"\r\n") + ending + body)
