"""Replies that are pushed: from any thread, holding none, with notice when the client has gone."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import requests
from flask import Flask, Response, request

from mockserver.server.connection_limits import Limits
from mockserver.server.http_server import Server
from mockserver.server.reply_stream import MAX_UNREAD, ReplyStream
from mockserver.transports import transport
from tests.server.wire import PATIENCE, connected, exchange, get, parse, serving, until_closed


class Events:
    """A Flask application whose view begins a stream."""

    def __init__(self) -> None:
        self.streams: queue.SimpleQueue[ReplyStream] = queue.SimpleQueue()
        self.gone = threading.Event()
        self.app = Flask("events")
        self.app.add_url_rule("/events", view_func=self.view)
        self.app.add_url_rule("/quick", view_func=lambda: "quick")

    def view(self) -> Response:
        stream = ReplyStream(on_close=self.gone.set)
        stream.send(b"data: first\n\n")
        self.streams.put(stream)
        return Response(stream.begin(request.environ), content_type="text/event-stream")

    def next(self) -> ReplyStream:
        return self.streams.get(timeout=PATIENCE)


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture(params=[0, 2])
def server(request: pytest.FixtureRequest, events: Events) -> Iterator[Server]:
    with serving(events.app, threads=request.param) as server:
        yield server


def test_parts_arrive_as_they_are_sent(server: Server, events: Events) -> None:
    with requests.get(f"{server.url}/events", stream=True, timeout=PATIENCE) as reply:
        assert reply.headers["Content-Type"] == "text/event-stream"
        lines = reply.iter_lines()
        stream = events.next()
        assert next(lines) == b"data: first"
        for number in range(3):
            assert stream.send(b"data: %d\n\n" % number)
            assert [next(lines), next(lines)] == [b"", b"data: %d" % number]
        stream.close()
        assert list(lines) == [b""]
    assert not stream.send(b"more")
    assert events.gone.wait(PATIENCE)


def test_the_connection_is_used_again_after_the_end(server: Server, events: Events) -> None:
    with connected(server, get("/events"), get("/quick", "Connection: close")) as line:
        events.next().close()
        first, second = parse(until_closed(line))
    assert first.body == b"data: first\n\n"
    assert second.body == b"quick"


def test_an_old_client_gets_the_stream_until_the_end(server: Server, events: Events) -> None:
    with connected(server, get("/events", version="1.0")) as line:
        events.next().close()
        assert parse(until_closed(line))[0].body == b"data: first\n\n"


def test_a_client_that_goes_is_noticed(server: Server, events: Events) -> None:
    with connected(server, get("/events")):
        stream = events.next()
        assert not events.gone.is_set()
    assert events.gone.wait(PATIENCE)
    assert not stream.send(b"more")


def test_head_begins_no_stream(server: Server, events: Events) -> None:
    [reply] = parse(exchange(server, get("/events", "Connection: close", method="HEAD")), "HEAD")
    assert reply.status == 200
    assert events.gone.wait(PATIENCE)


def test_a_hundred_streams_hold_no_thread(events: Events) -> None:
    with serving(events.app) as server:
        before = threading.active_count()
        lines = [connected(server, get("/events")) for _ in range(100)]
        opened = [line.__enter__() for line in lines]
        streams = [events.next() for _ in lines]
        assert threading.active_count() == before
        for number, stream in enumerate(streams):
            stream.send(b"%d." % number)
            stream.close()
        for number, line in enumerate(opened):
            data = b""
            while not data.endswith(b"0\r\n\r\n"):
                data += line.recv(65_536)
            assert parse(data)[0].body.endswith(b"%d." % number)
        for context in lines:
            context.__exit__(None, None, None)


def test_who_does_not_read_is_cut_off(server: Server, events: Events) -> None:
    with connected(server, get("/events")):
        stream = events.next()
        deadline = time.monotonic() + PATIENCE
        sent = 0
        while stream.send(bytes(1 << 16)):
            sent += 1 << 16
            assert time.monotonic() < deadline
            time.sleep(0.001)
    assert events.gone.is_set()
    assert sent > MAX_UNREAD / 2


def test_the_end_of_the_server_ends_streams(events: Events) -> None:
    server = Server(events.app, limits=Limits(grace_seconds=60)).start()
    with connected(server, get("/events")) as line:
        stream = events.next()
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 30
        until_closed(line)
    assert events.gone.is_set()
    assert not stream.send(b"more")


def test_another_server_holds_a_thread() -> None:
    stream = ReplyStream()
    parts = iter(stream.begin({}))
    stream.send(b"a")
    threading.Timer(0.05, stream.close).start()
    assert b"".join(parts) == b"a"
    assert stream.is_over


@pytest.mark.parametrize("library", ["requests", "httpx"])
def test_a_stream_in_process(library: str, events: Events) -> None:
    def push() -> None:
        stream = events.next()
        for number in range(3):
            time.sleep(0.02)
            stream.send(b"%d" % number)
        stream.close()

    thread = threading.Thread(target=push)
    thread.start()
    calls: dict[str, Callable[[], Any]] = {
        "requests": lambda: _with_requests(events.app),
        "httpx": lambda: (
            httpx.Client(transport=transport("httpx", events.app)).get("http://x/events").content
        ),
    }
    assert calls[library]() == b"data: first\n\n012"
    thread.join()


def _with_requests(app: Any) -> bytes:
    with requests.Session() as session:
        session.mount("http://", transport("requests", app))
        return session.get("http://x/events", timeout=PATIENCE).content
