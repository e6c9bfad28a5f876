"""The HTTP client against servers that misbehave as real ones do."""

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mockserver.call import NOTHING
from mockserver.errors import ReplyLimitError, ServerUnreachableError
from mockserver.verify.http_client import HttpClient, Request, Response
from mockserver.verify.limits import Limits


@contextmanager
def answering(*replies: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers each connection with the next reply; yields its URL and the received bytes."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for reply in replies:
                connection, _address = listening.accept()
                with connection:
                    data = connection.recv(65536)
                    while data.endswith(b"\r\n\r\n") and b"Content-Length" in data:
                        data += connection.recv(65536)  # the body arrives in another segment
                    received.append(data)
                    connection.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", received
        thread.join(timeout=30)


def test_request_and_response() -> None:
    reply = (
        b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-One: a\r\nX-One: b\r\n"
        b'Content-Length: 8\r\n\r\n{"a": 1}'
    )
    with answering(reply) as (url, received):
        client = HttpClient()
        response = client.send(Request("PATCH", f"{url}/people?limit=2", {"X-Key": "k"}, b"{}"))
    assert (response.status, response.body, response.headers["x-one"]) == (201, {"a": 1}, "a, b")
    assert received[0].startswith(b"PATCH /people?limit=2 HTTP/1.1\r\n")
    assert b"X-Key: k\r\n" in received[0]
    assert received[0].endswith(b"\r\n\r\n{}")
    assert client.exchanges[0][1] is response


def test_redirects_are_not_followed() -> None:
    with answering(
        b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n"
    ) as (url, received):
        response = HttpClient().send(Request("GET", url))
    assert response.status == 302
    assert response.body is NOTHING
    assert len(received) == 1


@pytest.mark.parametrize(
    "reply", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", b"nonsense\r\n\r\n"]
)
def test_truncated_response_is_unreachable(reply: bytes) -> None:
    with (
        answering(reply) as (url, _heard),
        pytest.raises(ServerUnreachableError, match=r"^GET http.* got no reply \("),
    ):
        HttpClient().send(Request("GET", url))


def test_connection_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ServerUnreachableError):
        HttpClient().send(Request("GET", f"http://127.0.0.1:{port}/"))


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
def test_parsed_body(media_type: str, raw: bytes, body: object) -> None:
    assert Response(200, {"content-type": media_type}, raw).body == body


def test_rate_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    clock = [100.0]
    monkeypatch.setattr("mockserver.verify.http_client.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("mockserver.verify.http_client.time.sleep", slept.append)
    client = HttpClient(calls_per_second=2)
    client.wait_for_slot()
    client.wait_for_slot()
    clock[0] = 103.0
    client.wait_for_slot()
    assert slept == [0.5]


def test_compressed_response_is_decompressed() -> None:
    body = gzip.compress(b"[1]")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
    with answering(head + b"Content-Length: %d\r\n\r\n" % len(body) + body) as (url, _received):
        assert HttpClient().send(Request("GET", url)).body == [1]


def test_replies_of_a_run_are_bounded() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"
    with answering(reply, reply) as (url, received):
        client = HttpClient(limits=Limits(run_bytes=60))
        client.send(Request("GET", url))
        client.send(Request("GET", url))
        with pytest.raises(ReplyLimitError, match="the replies of the run are larger than 60 bytes"):
            client.send(Request("GET", url))
    assert len(received) == 2


def test_messages_name_no_query_and_no_user() -> None:
    request = Request("GET", "http://me:secret@shelf.example/books?key=secret")
    assert request.label == "GET http://shelf.example/books"
