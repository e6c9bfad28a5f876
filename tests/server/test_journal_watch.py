"""The journal of a world, followed live: as server-sent events, and by calls that wait."""

import random
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.test import Client

from mockserver.app import Application, create_app
from mockserver.client import Control
from mockserver.server import journal_watch
from mockserver.server.http_server import Server
from mockserver.state import journal
from mockserver.state.exchange_brief import brief_of
from mockserver.state.journal import Journal
from mockserver.state.journal_feed import JournalFeed
from mockserver.state.scenario import load_scenario
from mockserver.storage.layout import ROOT_SPACE, WORLD_END
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Row, Store
from mockserver.storage.urls import open_store
from tests.processes import Served
from tests.server.event_reader import Event, EventStream, streaming
from tests.server.wire import connected, get, until_closed

STREAM = "/worlds/default/journal/stream"
HEADERS = {"X-Api-Key": "PRK-mockserver"}


@contextmanager
def served(store: Store | None = None, **options: Any) -> Iterator[tuple[Server, Application]]:
    app = create_app(load_scenario("empty"), store=store or MemoryStore(), **options)
    server = Server(app).start()
    try:
        yield server, app
    finally:
        server.stop()
        app.context.watch.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as (server, _app):
        yield server


def call(server: Server, count: int = 1, path: str = "get", **body: Any) -> None:
    with requests.Session() as session:
        for _ in range(count):
            session.post(
                f"{server.url}/ortto/v1/audiences/{path}", json=body, headers=HEADERS, timeout=20
            ).close()


def is_enough(most: int, last: int, events: list[Event]) -> bool:
    return events[-1].id == last or sum(one.id is not None for one in events) >= most


def test_cut_anywhere_the_union_is_exact(store: Store) -> None:
    """Readers that are cut at random points while calls go on get each exchange once, and in order."""
    count, dice = 40, random.Random(4700)
    with served(store) as (server, _app):
        calling = threading.Thread(target=call, args=(server, count))
        found: list[list[int]] = [[], []]
        call(server)
        calling.start()
        while any(numbers[-1:] != [count + 1] for numbers in found):
            for numbers in found:
                after = numbers[-1] if numbers else 0
                if after == count + 1:
                    continue
                with streaming(server.port, f"{STREAM}?after={after}") as stream:
                    seen = stream.until(partial(is_enough, dice.randint(1, 15), count + 1))
                numbers += [event.id for event in seen if event.id is not None]
        calling.join()
    assert found == [[*range(1, count + 2)]] * 2


def test_every_watcher_gets_everything_in_brief(server: Server) -> None:
    world = Control(server.url).world()
    streams = [EventStream(server.port, STREAM) for _ in range(5)]
    call(server)
    call(server, limit="x")
    call(server, path="nothing")
    requests.get(f"{server.url}/_mock/health", timeout=20)  # no call to a vendor
    call(server)
    seen = [stream.until(lambda events: events[-1].id == 4) for stream in streams]
    assert seen[0][0].kind == "world"
    assert [one[1:] for one in seen] == [seen[0][1:]] * 5
    brief = world.journal.read(view="brief")["exchanges"]
    assert [event.data for event in seen[0][1:]] == brief
    assert [event.data["verdict"] for event in seen[0][1:]] == ["fine", "violation", "violation", "fine"]
    for stream in streams:
        stream.cut()


def test_other_changes_and_a_reset_are_told(server: Server) -> None:
    world = Control(server.url).world()
    call(server, 2)
    with streaming(server.port, f"{STREAM}?after=1") as stream:
        first, second = stream.until(lambda events: events[-1].kind == "exchange")
        assert (first.kind, first.data["begun"], second.id) == ("world", 0, 2)
        versions = [first.data["version"]]
        for change in (lambda: world.configure(limits=True), lambda: world.clock.advance(60)):
            change()
            (event,) = stream.until(lambda events: True)
            versions.append(event.data["version"])
        assert versions == sorted(set(versions))
        world.reset()
        (event,) = stream.until(lambda events: True)
        assert event.kind == "world"
        assert event.data["begun"] > 0
        call(server)
        (event,) = stream.until(lambda events: True)
        assert (event.kind, event.id) == ("exchange", 1)
    with streaming(server.port, f"{STREAM}?after=2") as stream:  # a number from before the reset
        assert [event.id for event in stream.until(lambda events: len(events) == 2)] == [None, 1]


def test_a_reset_is_seen_when_as_many_calls_have_followed() -> None:
    """Numbers alone do not show it: the stream looks again only when there are more than before."""
    with served() as (server, app):
        worlds = app.context.worlds
        stream = journal_watch._Stream(lambda: None, 0)

        def look() -> list[bytes]:
            record = worlds.peek("default")
            stream.advance(JournalFeed(worlds.activity(record)[1], record), 0.0)
            data, _is_complete = stream.reply.take()
            return re.findall(rb"^(?:event: world|id: \d+)", data, re.MULTILINE)

        call(server, 2)
        assert look() == [b"event: world", b"id: 1", b"id: 2"]
        assert look() == []
        worlds.reset("default")
        call(server, 3)
        assert look() == [b"event: world", b"id: 1", b"id: 2", b"id: 3"]


def test_the_end_of_a_world_and_of_a_server_end_the_stream() -> None:
    with served() as (server, app):
        world = Control(server.url).create_world("short")
        path = "/worlds/short/journal/stream"
        with streaming(server.port, path) as stream:
            stream.until(lambda events: True)
            world.delete()
            assert list(stream) == []
        assert requests.get(f"{server.url}/_mock{path}", timeout=20).json()["error"] == "unknown_world"
        with streaming(server.port, STREAM) as stream:
            stream.until(lambda events: True)
            server.stop()
            assert list(stream) == []
        assert app.context.watch._watched == {}


def test_the_end_of_a_guest_ends_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the link is revoked, and when the time of the world is over though nobody calls any more."""
    monkeypatch.setattr(journal_watch, "_HEARTBEAT_SECONDS", 3600.0)  # it is not what ends the first
    with served() as (server, app):
        owner = Control(server.url)
        default = owner.world()
        link = default.share("viewer")
        secret = {"link": link["secret"]}
        guest = owner.send("POST", "/links/open", secret)
        path = f"/worlds/{guest['world']['name']}/journal/stream"
        token = {"Authorization": f"Bearer {guest['token']}"}
        with streaming(server.port, path, token) as stream:
            stream.until(lambda events: True)
            default.revoke_link(link["link"]["id"])
            assert list(stream) == []
        monkeypatch.setattr(journal_watch, "_HEARTBEAT_SECONDS", 0.1)
        guest = owner.send("POST", "/links/open", {"link": default.share("viewer")["secret"]})
        name = guest["world"]["name"]
        token = {"Authorization": f"Bearer {guest['token']}"}
        with streaming(server.port, f"/worlds/{name}/journal/stream", token) as stream:
            stream.until(lambda events: True)
            root = app.context.worlds.store.space(ROOT_SPACE)
            root.put(WORLD_END, Row(name, "", 1, b"1"))
            assert list(stream) == []


def test_a_gap_is_told() -> None:
    with served(max_journal=16) as (server, _app):
        call(server, 50)
        first = Control(server.url).world().journal()[0]["number"]
        assert first > 1
        with streaming(server.port, f"{STREAM}?after=0") as stream:
            _world, gap, event = stream.until(lambda events: events[-1].kind == "exchange")
        assert (gap.kind, gap.data) == ("gap", {"after": 0, "dropped": first - 1})
        assert event.id == first


def test_a_cleared_journal_is_no_gap(server: Server) -> None:
    world = Control(server.url).world()
    call(server, 3)
    world.clear_journal()
    call(server)
    with streaming(server.port, f"{STREAM}?after=0") as stream:
        events = stream.until(lambda events: events[-1].kind == "exchange")
    assert [event.kind for event in events] == ["world", "exchange"]
    assert events[-1].id == 4


def test_a_slow_reader_is_cut_and_can_resume() -> None:
    """It does not read at all, while 24 MB wait for it."""
    with served() as (server, app):
        call(server)
        (exchange,) = Control(server.url).world().journal()
        exchange["call"]["path"] = "x" * 12_000
        journal = Journal(app.context.worlds.store, "default", 3000)
        for number in range(2, 2001):
            journal.add({**exchange, "number": number})
        slow = EventStream(server.port, f"{STREAM}?after=0")
        for _ in range(2000):
            if not app.context.watch._watched:
                break
            threading.Event().wait(0.01)
        assert app.context.watch._watched == {}
        numbers = [event.id for event in slow if event.id]
        slow.cut()
        assert 0 < len(numbers) < 2000
        with streaming(server.port, f"{STREAM}?after={numbers[-1]}") as stream:
            rest = stream.until(lambda events: events[-1].id == 2000)
        numbers += [event.id for event in rest if event.id]
        assert numbers == [*range(1, 2001)]


def test_the_number_of_watchers_is_bounded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_watch, "MAX_READERS", 2)
    with streaming(server.port, STREAM), streaming(server.port, STREAM):
        for path in (STREAM, "/worlds/default/journal?wait=20"):
            reply = requests.get(f"{server.url}/_mock{path}", timeout=20)
            assert (reply.status_code, reply.json()["error"]) == (503, "too_many_watchers")


def wait(server: Server, query: str) -> tuple[threading.Thread, list[Any]]:
    """A call that waits, in a thread of its own."""
    found: list[Any] = []

    def run() -> None:
        url = f"{server.url}/_mock/worlds/default/journal?{query}"
        found.append(requests.get(url, timeout=40).json())

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


def is_watched(app: Application) -> None:
    while not app.context.watch._watched:
        threading.Event().wait(0.01)


def test_a_call_waits_for_the_next_exchange_or_change() -> None:
    with served() as (server, app):
        call(server)
        assert len(wait_now(server, "after=0&wait=25")["exchanges"]) == 1
        thread, found = wait(server, "after=1&wait=25&view=brief&q=status:4xx")
        is_watched(app)
        call(server)  # it does not fit
        call(server, limit="x")
        thread.join()
        assert [one["number"] for one in found[0]["exchanges"]] == [3]
        thread, found = wait(server, "after=3&wait=25")
        is_watched(app)
        Control(server.url).world().configure(limits=True)
        thread.join()
        assert found[0]["exchanges"] == []
        assert found[0]["version"] > 0
        assert wait_now(server, "after=3&wait=1")["exchanges"] == []


@pytest.mark.parametrize("ends", ["by an exchange", "by its time"])
def test_a_client_that_sends_no_more_waits_for_the_whole_page(ends: str) -> None:
    seconds = 25 if ends == "by an exchange" else 1
    head = get(f"/_mock/worlds/default/journal?after=0&wait={seconds}").replace(b"here", b"localhost")
    with served() as (server, app), connected(server, head) as line:
        is_watched(app)
        line.shutdown(socket.SHUT_WR)
        if seconds > 1:
            call(server)
        data = until_closed(line)
    assert data.endswith(b"\r\n0\r\n\r\n")
    assert data.count(b'"number":1,') == (seconds > 1)


@pytest.mark.parametrize("is_early", [True, False])
def test_a_stream_ends_when_its_client_sends_no_more(is_early: bool) -> None:
    head = get(f"/_mock{STREAM}").replace(b"here", b"localhost")
    with served() as (server, app), connected(server, head) as line:
        if not is_early:
            is_watched(app)
        line.shutdown(socket.SHUT_WR)
        assert b" 200 OK" in until_closed(line)
        assert not app.context.watch._watched


def test_a_page_with_a_next_one_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is empty only because a page looks at so many exchanges: the rest has still to be read."""
    monkeypatch.setattr(journal, "_MOST_SCANNED", 2)
    app = create_app(load_scenario("empty"), vendors=("ortto",))
    client = Client(app)
    for _ in range(3):
        client.post("/ortto/v1/audiences/get", json={}, headers=HEADERS)
    monkeypatch.setattr(app.context.watch, "wait", lambda *_given: pytest.fail("waits"))
    page = client.get("/_mock/worlds/default/journal?wait=20&q=is:fault").json or {}
    assert (page["exchanges"], page["next"]) == ([], 2)
    app.close()


def wait_now(server: Server, query: str) -> Any:
    thread, found = wait(server, query)
    thread.join()
    return found[0]


def test_another_server_waits_but_does_not_stream() -> None:
    app = create_app(load_scenario("empty"))
    client = Client(app)
    reply = client.get(f"/_mock{STREAM}")
    assert (reply.status_code, (reply.json or {})["error"]) == (501, "cannot_stream")
    later = threading.Timer(
        0.1, lambda: Client(app).post("/ortto/v1/audiences/get", json={}, headers=HEADERS)
    )
    later.start()
    page = client.get("/_mock/worlds/default/journal?after=0&wait=20").json or {}
    assert [one["number"] for one in page["exchanges"]] == [1]
    later.join()
    app.close()


def test_calls_of_another_process_are_seen(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shared.db"
    with (
        served(open_store(url)) as (server, _app),
        served(open_store(url)) as (other, _other_app),
        streaming(server.port, STREAM) as stream,
    ):
        stream.until(lambda events: True)
        call(other, 3)
        events = stream.until(lambda events: events[-1].id == 3)
        assert [event.id for event in events] == [1, 2, 3]
        Control(other.url).world().configure(limits=True)
        assert stream.until(lambda events: True)[0].kind == "world"


def test_in_brief_means_the_same_before_an_exchange_is_built() -> None:
    """The quick way of the stream, and that of the list."""
    with served() as (server, app):
        call(server)
        call(server, limit="x", more=1)
        call(server, path="nothing")
        url = f"{server.url}/ortto/v1/person/merge"
        people = {"people": [{"fields": {"str::email": "a@example.com"}}], "merge_by": ["str::email"]}
        requests.post(url, json=people, headers=HEADERS, timeout=20)
        requests.post(url, json=people, headers={"X-Api-Key": "wrong"}, timeout=20)
        requests.get(f"{server.url}/orto/x", timeout=20)
        api = f"{server.url}/_mock/worlds/default/faults"
        requests.post(api, json={"kind": "garbage"}, timeout=20).raise_for_status()
        call(server)
        journal = Journal(app.context.worlds.store, "default")
        whole = [brief_of(one) for one in journal.iterate()]
    assert journal.briefs(0, 100) == whole
    assert [one["verdict"] for one in whole] == [
        "fine",
        "violation",
        "violation",
        "fine",
        "refused",
        "violation",
        "fault",
    ]
    assert whole[3]["effect_counts"]["ortto.people"] == {"added": 1}


def test_workers_share_the_stream_and_the_guests(serve: Callable[..., Served], tmp_path: Path) -> None:
    """A guest follows a world through one worker while calls reach either; then the server stops."""
    options = ("--workers", "2", "--store", f"sqlite:///{tmp_path}/w.db", "--vendor", "ortto", "--no-limits")
    served = serve(*options, "--scenario", "empty", "--token", "owner")
    link = Control(served.url, token="owner").world().share("viewer")
    guest = Control(served.url).send("POST", "/links/open", {"link": link["secret"]})
    world, headers = guest["world"], {"Authorization": f"Bearer {guest['token']}"}
    port = urlsplit(served.url).port or 0
    with streaming(port, f"/worlds/{world['name']}/journal/stream", headers) as stream:
        stream.until(lambda events: True)
        for _ in range(10):  # each on a connection of its own
            url = f"{world['vendors']['ortto']['url']}/v1/audiences/get"
            requests.post(url, json={}, headers=world["vendors"]["ortto"]["headers"], timeout=20)
            clock = f"{served.url}/_mock/worlds/{world['name']}/clock"
            assert requests.get(clock, headers=headers, timeout=20).status_code == 200
            assert requests.put(clock, headers=headers, json={"advance": 1}, timeout=20).status_code == 403
        events = stream.until(lambda events: events[-1].id == 10)
        assert [event.id for event in events] == [*range(1, 11)]
        assert served.stop() == 0
        assert list(stream) == []
