"""A server that is asked to stop: accepted calls are answered, on every store and with workers."""

import json
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver.app import create_app
from mockserver.client import Control, World
from mockserver.server.connection_limits import Limits
from mockserver.server.http_server import Server
from mockserver.storage.urls import open_store
from tests.processes import PATIENCE, Served
from tests.server.test_prefork import create, names

OVERDUE = "still open"
"""What a server says that had to close connections whose calls did not end in time."""
SERVERS = [
    "memory",
    pytest.param("file", marks=pytest.mark.thorough),  # as in memory, and on a file as with workers
    "file with workers",
    "postgres with workers",
]


@pytest.fixture(params=SERVERS)
def options(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """The options of `mockserver serve` for a store."""
    store, _, workers = request.param.partition(" with ")
    urls = {"memory": "memory:", "file": f"sqlite:///{tmp_path}/worlds.db"}
    url = urls.get(store) or request.getfixturevalue("database")
    return ["--store", url, "--workers", "2" if workers else "1", "--vendor", "fanfare"]


class Client:
    """Creates audiences on a kept-alive connection until the server ends it."""

    def __init__(self, world: World, number: int) -> None:
        self.number = number
        self.answered: list[str] = []
        self.broken: list[str] = []
        self._world = world

    def run(self) -> None:
        address = self._world.url("fanfare").removeprefix("http://")
        host, _, path = address.partition("/")
        while True:
            connection = HTTPConnection(host, timeout=PATIENCE)
            try:
                connection.connect()
            except OSError:
                return  # nobody listens any more
            while self._call(connection, f"/{path}/api/v1/audiences"):
                pass
            connection.close()

    def _call(self, connection: HTTPConnection, path: str) -> bool:
        """Whether the connection can be used again."""
        name = f"{self.number}/{len(self.answered)}/{time.perf_counter_ns()}"
        headers = {**self._world.headers("fanfare"), "Content-Type": "application/json"}
        try:
            connection.request("POST", path, json.dumps({"name": name, "type": "STATIC"}), headers)
            reply: HTTPResponse = connection.getresponse()
            body = reply.read()
        except IncompleteRead:
            self.broken.append(name)
            return False
        except (OSError, HTTPException):
            return False
        assert reply.status == 200, body
        self.answered.append(name)
        return reply.getheader("Connection") != "close"


def test_every_call_that_was_carried_out_is_answered(
    serve: Callable[..., Served], options: list[str]
) -> None:
    served = serve(*options)
    world = Control(served.url).create_world("one", scenario="empty")
    clients = [Client(world, number) for number in range(6)]
    threads = [threading.Thread(target=client.run) for client in clients]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + PATIENCE
    while not all(len(client.answered) > 5 for client in clients):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert served.stop() == 0
    assert OVERDUE not in served.errors.read_text()
    for thread in threads:
        thread.join(PATIENCE)
    answered = {name for client in clients for name in client.answered}
    assert not [name for client in clients for name in client.broken]
    if options[1] != "memory:":
        app = create_app(people=0, vendors=("fanfare",), store=open_store(options[1]))
        with closing(app), Server(app) as again:
            assert set(names(Control(again.url).world("one"))) == answered


@pytest.mark.parametrize("options", ["memory", "file with workers"], indirect=True)
def test_a_request_that_is_half_sent_is_answered_and_one_that_waits_for_a_fault_is_dropped(
    serve: Callable[..., Served], options: list[str]
) -> None:
    served = serve(*options)
    world = Control(served.url).create_world("one", scenario="empty")
    delayed = Control(served.url).create_world("two", scenario="empty")
    fault = delayed.faults.add("fanfare", "create_audience", "latency", seconds=60)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(create, delayed, "late")
        deadline = time.monotonic() + PATIENCE
        while not fault.spent:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        reply = _create_in_halves(served, world)
        assert served.process.wait(PATIENCE) == 0
        assert OVERDUE not in served.errors.read_text(), "it does not wait for the delay"
        assert isinstance(waiting.exception(PATIENCE), requests.ConnectionError)
    assert reply["name"] == "half"


def _create_in_halves(served: Served, world: World) -> Any:
    """The reply to a request that is being sent when the server is asked to stop."""
    host, port = served.url.removeprefix("http://").split(":")
    body = json.dumps({"name": "half", "type": "STATIC"}).encode() + b" " * 10_000
    key = world.headers("fanfare")["Authorization"]
    head = (
        f"POST /w/one/fanfare/api/v1/audiences HTTP/1.1\r\nHost: {host}\r\nAuthorization: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with socket.create_connection((host, int(port)), PATIENCE) as client:
        client.sendall(head + body[:5])
        time.sleep(0.3)
        served.process.send_signal(signal.SIGTERM)
        sent = 5
        while _listens(host, int(port)):  # a client that pauses for a second is given up
            client.sendall(body[sent : sent + 1])
            sent += 1
            time.sleep(0.02)
        client.sendall(body[sent:])
        reply = HTTPResponse(client)
        reply.begin()
        assert reply.status == 200
        assert reply.getheader("Connection") == "close"
        return json.loads(reply.read())


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), PATIENCE).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_delay_that_is_planned_while_the_server_stops_is_not_waited_for() -> None:
    store = open_store("memory:")
    app = create_app(people=0, vendors=("fanfare",), store=store)
    with Server(app, limits=Limits(grace_seconds=60)) as server, ThreadPoolExecutor(1) as pool:
        world = Control(server.url).create_world("one", scenario="empty")
        world.faults.add("fanfare", "create_audience", "latency", seconds=60)
        with store.transaction():
            store.lock("one")
            waiting = pool.submit(create, world, "late")
            time.sleep(0.4)
            stopping = threading.Thread(target=server.stop)
            stopping.start()
            time.sleep(0.4)
        stopping.join(PATIENCE)
        assert not stopping.is_alive(), "neither the delay nor the time for calls in flight is waited for"
        assert isinstance(waiting.exception(PATIENCE), requests.ConnectionError)
