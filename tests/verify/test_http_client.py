"""The wire against a server that misbehaves as real ones do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mockserver.call import NOTHING
from mockserver.errors import ServerUnreachableError
from mockserver.verify.http_client import Came, Sent, Wire


@contextmanager
def answering(*replies: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers each connection with the next of these bytes, and what it was sent."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for reply in replies:
                connection, _address = listening.accept()
                with connection:
                    said = connection.recv(65536)
                    while said.endswith(b"\r\n\r\n") and b"Content-Length" in said:
                        said += connection.recv(65536)  # the body comes in a segment of its own
                    heard.append(said)
                    connection.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", heard
        thread.join(timeout=5)


def test_one_call_there_and_back() -> None:
    reply = (
        b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-One: a\r\nX-One: b\r\n"
        b'Content-Length: 8\r\n\r\n{"a": 1}'
    )
    with answering(reply) as (url, heard):
        wire = Wire()
        came = wire.send(Sent("PATCH", f"{url}/people?limit=2", {"X-Key": "k"}, b"{}"))
    assert (came.status, came.body, came.headers["x-one"]) == (201, {"a": 1}, "a, b")
    assert heard[0].startswith(b"PATCH /people?limit=2 HTTP/1.1\r\n")
    assert b"X-Key: k\r\n" in heard[0]
    assert heard[0].endswith(b"\r\n\r\n{}")
    assert wire.exchanges[0][1] is came


def test_a_redirect_is_a_reply_and_nothing_else() -> None:
    with answering(
        b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n"
    ) as (url, heard):
        came = Wire().send(Sent("GET", url))
    assert came.status == 302
    assert came.body is NOTHING
    assert len(heard) == 1


@pytest.mark.parametrize(
    "reply", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", b"nonsense\r\n\r\n"]
)
def test_a_reply_that_breaks_off_is_none(reply: bytes) -> None:
    with (
        answering(reply) as (url, _heard),
        pytest.raises(ServerUnreachableError, match=r"^GET http.* got no reply \("),
    ):
        Wire().send(Sent("GET", url))


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ServerUnreachableError):
        Wire().send(Sent("GET", f"http://127.0.0.1:{port}/"))


@pytest.mark.parametrize(
    ("media_type", "raw", "body"),
    [
        ("application/json; charset=utf-8", b"null", None),
        ("application/vnd.a+json", b"[1]", [1]),
        ("application/json", b"{", "{"),
        ("text/csv", b"a,b", "a,b"),
        ("", b"\xff", "\ufffd"),
        ("application/json", b"", NOTHING),
    ],
)
def test_bodies(media_type: str, raw: bytes, body: object) -> None:
    assert Came(200, {"content-type": media_type}, raw).body == body


def test_the_pace_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    clock = [100.0]
    monkeypatch.setattr("mockserver.verify.http_client.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("mockserver.verify.http_client.time.sleep", slept.append)
    wire = Wire(rate=2)
    wire.wait()
    wire.wait()
    clock[0] = 103.0
    wire.wait()
    assert slept == [0.5]
