"""A server that stops: nothing that happens in its last moments keeps it open."""

import asyncio
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from mockserver.server import http_protocol, wsgi_adapter
from mockserver.server.http_protocol import HttpProtocol
from mockserver.server.http_server import Server
from mockserver.server.proxy import Proxy
from mockserver.server.reply_stream import ReplyStream
from tests.server.wire import PATIENCE, connected, echo, get, parse, serving, until_closed

GRACE = 3 * PATIENCE
"""So long that a test fails before the server loses its patience."""


class Held:
    """Answers as the echo, but /held and /stream not until it is `released`."""

    def __init__(self) -> None:
        self.arrived = Event()
        self.released = Event()
        self.stream = ReplyStream()

    def __call__(
        self, environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse
    ) -> Iterable[bytes]:
        if environ["PATH_INFO"] in ("/held", "/stream"):
            self.arrived.set()
            assert self.released.wait(PATIENCE)
        if environ["PATH_INFO"] == "/stream":
            start_response("200 OK", [])
            return self.stream.begin(environ)
        return echo(environ, start_response)

    def has_host(self, _host: str) -> bool:
        """It is every host, of a proxy."""
        return True


@pytest.fixture
def app() -> Iterator[Held]:
    held = Held()
    yield held
    held.released.set()


@pytest.fixture
def drained(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Set once the first connection knows that the server stops."""
    seen, drain = Event(), HttpProtocol.drain

    def draining(connection: HttpProtocol) -> None:
        drain(connection)
        seen.set()

    monkeypatch.setattr(HttpProtocol, "drain", draining)
    return seen


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """A server that stops meanwhile, and has stopped afterwards."""
    stopping = Thread(target=server.stop, daemon=True)
    stopping.start()
    yield
    stopping.join(PATIENCE)
    assert not stopping.is_alive()


class LateLoop(asyncio.SelectorEventLoop):
    """Opens one more connection some rounds after the listener was closed: it was accepted before."""

    def __init__(self, accepted: socket.socket, rounds: int) -> None:
        super().__init__()
        self._accepted, self._rounds = accepted, rounds

    async def create_server(self, protocol: Any, **options: Any) -> Any:  # type: ignore[override]
        server = await super().create_server(protocol, **options)
        close = server.close

        def closing() -> None:
            close()
            self._late = self.create_task(self._open(protocol))

        server.close = closing  # type: ignore[method-assign]
        return server

    async def _open(self, protocol: Any) -> None:
        for _ in range(self._rounds):
            await asyncio.sleep(0)
        await self.connect_accepted_socket(protocol, self._accepted)


@pytest.mark.parametrize("rounds", [0, 100])
def test_a_connection_that_was_accepted_last_is_answered_and_ended(
    rounds: int, app: Held, drained: Event
) -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE)
    ours.sendall(get("/late"))
    options: dict[str, Any] = {"loop_factory": lambda: LateLoop(theirs, rounds), "threads": 2}
    with (
        ours,
        serving(app, limits={"grace_seconds": GRACE}, **options) as server,
        connected(server, get("/held")) as line,
    ):
        assert app.arrived.wait(PATIENCE)
        with stopped(server):
            assert drained.wait(PATIENCE)
            assert len(parse(until_closed(ours))) == 1
            app.released.set()
            assert len(parse(until_closed(line))) == 1


def test_the_rest_of_a_request_is_not_awaited_behind_a_call_in_flight(
    app: Held, drained: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, await_rest = Event(), HttpProtocol._await_rest

    def looking(connection: HttpProtocol, since: float) -> None:
        await_rest(connection, since)
        looked.set()

    monkeypatch.setattr(http_protocol, "_REST_SECONDS", 0.01)
    monkeypatch.setattr(HttpProtocol, "_await_rest", looking)
    with (
        serving(app, threads=1, limits={"grace_seconds": GRACE}) as server,
        connected(server, get("/held"), b"GET /never") as line,
    ):
        assert app.arrived.wait(PATIENCE)
        with stopped(server):
            assert looked.wait(PATIENCE)
            app.released.set()
            assert len(parse(until_closed(line))) == 1


@pytest.mark.parametrize(
    ("requests", "answers"),
    [
        ([get("/stream")], 0),
        ([get("/held"), get("/stream")], 1),
        ([get("/held"), get("host.example:443", method="CONNECT")], 1),
    ],
)
def test_nothing_begins_that_has_no_end(
    requests: list[bytes], answers: int, app: Held, drained: Event
) -> None:
    with (
        serving(app, threads=1, proxy=Proxy(), limits={"grace_seconds": GRACE}) as server,
        connected(server, *requests) as line,
    ):
        assert app.arrived.wait(PATIENCE)
        with stopped(server):
            assert drained.wait(PATIENCE)
            app.released.set()
            assert len(parse(until_closed(line))) == answers
    assert app.stream.is_over == (requests[-1] == get("/stream"))
