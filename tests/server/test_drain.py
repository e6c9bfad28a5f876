"""A server that is asked to stop: accepted calls are answered, on every store and with workers."""

import json
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from pathlib import Path

import pytest
import requests

from mockserver.app import create_app
from mockserver.client import Control, World
from mockserver.server.http_server import Server
from mockserver.storage.urls import open_store
from tests.processes import PATIENCE, Served
from tests.server.test_prefork import create, names

SERVERS = ["memory", "file", "postgres", "file with workers", "postgres with workers"]


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
    time.sleep(1.0)
    began = time.monotonic()
    assert served.stop() == 0
    assert time.monotonic() - began < 10
    for thread in threads:
        thread.join(PATIENCE)
    answered = {name for client in clients for name in client.answered}
    assert len(answered) > 20
    assert not [name for client in clients for name in client.broken]
    if options[1] != "memory:":
        served = serve(*options)
        assert set(names(Control(served.url).world("one"))) == answered
        served.stop()


SHORT = pytest.mark.parametrize("options", [SERVERS[0], *SERVERS[3:]], indirect=True)


@SHORT
def test_a_call_that_waits_for_a_fault_is_dropped(serve: Callable[..., Served], options: list[str]) -> None:
    served = serve(*options)
    world = Control(served.url).create_world("one", scenario="empty")
    world.faults.add("fanfare", "create_audience", "latency", seconds=3)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(create, world, "late")
        time.sleep(0.7)
        began = time.monotonic()
        assert served.stop() == 0
        assert time.monotonic() - began < 2.5, "it does not wait for the delay"
        assert isinstance(waiting.exception(PATIENCE), requests.ConnectionError)


@SHORT
def test_a_request_that_is_half_sent_is_answered(serve: Callable[..., Served], options: list[str]) -> None:
    served = serve(*options)
    world = Control(served.url).create_world("one", scenario="empty")
    host, port = served.url.removeprefix("http://").split(":")
    body = json.dumps({"name": "half", "type": "STATIC"}).encode()
    key = world.headers("fanfare")["Authorization"]
    head = (
        f"POST /w/one/fanfare/api/v1/audiences HTTP/1.1\r\nHost: {host}\r\nAuthorization: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with socket.create_connection((host, int(port)), PATIENCE) as client:
        client.sendall(head + body[:5])
        time.sleep(0.5)
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.4)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), 2).close()
        client.sendall(body[5:])
        reply = HTTPResponse(client)
        reply.begin()
        assert reply.status == 200
        assert reply.getheader("Connection") == "close"
        assert json.loads(reply.read())
    assert served.process.wait(PATIENCE) == 0


def test_a_delay_that_is_planned_while_the_server_stops_is_not_waited_for() -> None:
    store = open_store("memory:")
    app = create_app(people=0, vendors=("fanfare",), store=store)
    with Server(app) as server, ThreadPoolExecutor(1) as pool:
        world = Control(server.url).create_world("one", scenario="empty")
        world.faults.add("fanfare", "create_audience", "latency", seconds=5)
        with store.transaction():
            store.lock("one")
            waiting = pool.submit(create, world, "late")
            time.sleep(0.4)
            stopping = threading.Thread(target=server.stop)
            stopping.start()
            time.sleep(0.4)
        began = time.monotonic()
        stopping.join(PATIENCE)
        assert time.monotonic() - began < 3, "neither the delay nor the time for calls in flight passes"
        assert isinstance(waiting.exception(PATIENCE), requests.ConnectionError)
