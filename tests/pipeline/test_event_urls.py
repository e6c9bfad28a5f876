"""URLs of events, which observers may log: without secrets, whichever way the call ended."""

from dataclasses import replace

import pytest
from werkzeug.test import Client

from mockserver.app import create_app
from mockserver.errors import StoreUnavailableError
from mockserver.state.events import CallEvent, from_exchange
from mockserver.state.scenario import load_scenario

_PATH = "/ortto/v1/person/get"


class Observer:
    """Keeps the events."""

    def __init__(self) -> None:
        self.events: list[CallEvent] = []

    def on_call(self, event: CallEvent) -> None:
        self.events.append(event)


@pytest.fixture
def observer() -> Observer:
    return Observer()


@pytest.fixture
def events(observer: Observer) -> list[CallEvent]:
    return observer.events


@pytest.fixture
def client(observer: Observer) -> Client:
    return Client(create_app(load_scenario("empty"), vendors=("ortto",), observers=[observer]))


def test_of_a_call_that_is_journalled(client: Client, events: list[CallEvent]) -> None:
    client.post(f"{_PATH}?api_key=hidden-1&page=2", json={})
    assert events[-1].url == f"http://localhost{_PATH}?api_key=%E2%80%A6&page=2"


def test_an_exchange_of_the_journal_has_the_event_of_its_call(
    client: Client, events: list[CallEvent]
) -> None:
    fault = {"kind": "latency", "seconds": 0.001, "vendor": "ortto"}
    assert client.post("/_mock/worlds/default/faults", json=fault).status_code == 201
    key = client.get("/_mock/worlds/default").get_json()["vendors"]["ortto"]["credentials"]["api_key"]
    client.post(f"{_PATH}?api_key=hidden-1", json={"limit": "x"}, headers={"X-Api-Key": key})
    exchange = client.get("/_mock/worlds/default/journal").get_json()["exchanges"][-1]
    (event,) = [one for one in events if one.vendor == "ortto"]
    assert (event.operation, len(event.faults), event.sides) == ("get_people", 1, ("call",))
    shown = replace(from_exchange(exchange, "default"), shown_world="default")
    assert shown == replace(event, duration_us=exchange["duration_us"])


def test_of_a_call_that_the_store_did_not_carry_out(
    client: Client, events: list[CallEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreUnavailableError("out of order", again=False)

    monkeypatch.setattr("mockserver.pipeline.handler.find_world", fail)
    assert client.post(f"{_PATH}?api_key=hidden-1&page=2", json={}).status_code == 503
    assert (events[-1].status, events[-1].url) == (503, f"http://localhost{_PATH}?api_key=%E2%80%A6&page=2")


def test_of_a_call_to_the_control_api(client: Client, events: list[CallEvent]) -> None:
    client.get("/_mock/worlds?api_key=hidden-1&limit=2")
    assert events[-1].url == "http://localhost/_mock/worlds?api_key=%E2%80%A6&limit=2"
