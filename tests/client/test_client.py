"""The Python client, against a server in another process."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from inspect import signature
from threading import Thread
from unittest.mock import Mock
from uuid import uuid4

import pytest
import requests

import mockserver
from mockserver.client import Control, World
from mockserver.errors import ControlError
from tests import audiences
from tests.processes import Served


@pytest.fixture
def control(served: Served) -> Control:
    return Control(served.url)


@pytest.fixture
def world(control: Control) -> Iterator[World]:
    world = control.create_world(f"client-{uuid4().hex[:8]}", seed=11, people=20)
    yield world
    world.delete()


def test_properties_of_a_world(control: Control, served: Served, world: World) -> None:
    assert (world.seed, world.people, world.scenario) == (11, 20, "demo")
    assert world.url("ortto") == f"{served.url}/w/{world.name}/ortto"
    assert world.headers("ortto") == {"X-Api-Key": world.credentials("ortto")["api_key"]}
    assert world.name in [one.name for one in control.worlds()]
    assert control.world(world.name).credentials("ortto") == world.credentials("ortto")
    assert audiences.call(world).status_code == 200


def test_objects_show_what_and_where_they_are(control: Control, served: Served, world: World) -> None:
    assert repr(control) == f"Control({served.url!r})"
    assert repr(world) == f"World({world.name!r} at {served.url})"
    fault = world.faults.add("ortto", None, "latency", seconds=1)
    assert repr(fault) == f"Fault({fault.id}, latency)"


def test_health_and_vendors_of_a_server(control: Control) -> None:
    assert control.health()["status"] == "ok"
    assert "ortto" in [vendor["name"] for vendor in control.vendors()]


def test_profiles_of_a_server(control: Control) -> None:
    assert "next-version" in [profile["name"] for profile in control.profiles()]


def test_the_clock(world: World) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert world.clock.freeze(start).now == start
    assert world.clock.advance(hours=2, minutes=30).now == start + timedelta(hours=2, minutes=30)
    with pytest.raises(TypeError, match=r"advance\(\) has no argument 'hour'; use weeks=, days=, hours=, "):
        world.clock.advance(hour=2)
    assert world.clock.set("2026-03-01T00:00:00+02:00").now == datetime(2026, 2, 28, 22, tzinfo=UTC)
    assert world.clock.unfreeze().mode == "shifted"
    assert world.clock.freeze().mode == "frozen"
    assert world.clock.now() == world.clock.now()


def test_a_datetime_without_time_zone_is_rejected_by_the_client(world: World) -> None:
    with pytest.raises(ValueError, match="time zone"):
        world.clock.set(datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake under test


def test_the_journal_is_read_page_by_page(world: World) -> None:
    with requests.Session() as session:
        for _ in range(1003):
            session.post(world.url("ortto") + "/v1/audiences/get", json={}, timeout=20)
    assert [one["number"] for one in world.journal()] == list(range(1, 1004))
    assert [one["number"] for one in world.journal(after=1001)] == [1002, 1003]
    world.clear_journal()
    assert world.journal() == []


def test_journal_filters(world: World) -> None:
    audiences.call(world)
    audiences.call(world, "/v1/audience/get")
    assert [one["call"]["path"] for one in world.journal(flawed=True)] == ["/v1/audience/get"]
    assert [one["call"]["path"] for one in world.journal(operation="get_audiences")] == ["/v1/audiences/get"]
    assert world.journal(vendor="ortto", flawed=False, status=500) == []


def test_backstage_snapshot_restore_and_reset(world: World) -> None:
    audiences.add(world, "First")
    world.snapshot("one")
    audiences.add(world, "Second")
    assert audiences.names(world)[:2] == ["Second", "First"]
    assert world.snapshots() == ["one"]
    world.restore("one")
    assert audiences.names(world)[0] == "First"
    world.reset()
    assert "First" not in audiences.names(world)


def test_functions_are_the_methods_of_a_world() -> None:
    for function in (mockserver.waiting, mockserver.redirect):
        method, made = getattr(World, function.__name__), Mock()
        parameters = dict(list(signature(function).parameters.items())[1:])
        assert parameters == dict(list(signature(method).parameters.items())[1:])
        given = {name: object() for name in parameters}
        assert function(made, **given) is getattr(made, function.__name__).return_value  # type: ignore[arg-type]
        assert getattr(made, function.__name__).call_args.kwargs == given


def test_a_fork_copies_the_current_state(control: Control, world: World) -> None:
    audiences.add(world, "Shared")
    fork = control.create_world(fork=world.name)
    assert "Shared" in audiences.names(fork)
    fork.delete()


@pytest.mark.parametrize(
    ("action", "problem", "words"),
    [
        (lambda control: control.world("nosuch"), "unknown_world", "unknown world 'nosuch'"),
        (lambda control: control.world("No such?"), "call_does_not_fit", "No such?"),
        (lambda control: control.world().url("orto"), "unknown_vendor", "ortto"),
        (lambda control: control.world().backstage("ortto", "nosuch"), "unknown_action", "nosuch"),
        (lambda control: control.world().restore("nosuch"), "unknown_snapshot", "nosuch"),
        (lambda control: control.create_world("default"), "world_exists", "default"),
    ],
)
def test_an_error_has_the_message_of_the_server(
    control: Control, action: object, problem: str, words: str
) -> None:
    assert callable(action)
    with pytest.raises(ControlError) as raised:
        action(control)
    assert raised.value.problem == problem
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_unreachable_server_is_a_one_line_error() -> None:
    with pytest.raises(ControlError, match="mockserver serve") as raised:
        Control("http://127.0.0.1:9").health()
    assert raised.value.problem == "unreachable"


@pytest.mark.parametrize("url", ["127.0.0.1:4700", "ftp://x", "http://", ""])
def test_an_address_that_is_no_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(
        ControlError, match=r"invalid server URL '.*'; use http://127\.0\.0\.1:4700"
    ) as raised:
        Control(url)
    assert raised.value.problem == "unreachable"


class OtherServer(BaseHTTPRequestHandler):
    """A server that is not a mock server."""

    content = b""

    def do_GET(self) -> None:
        self.send_response(404)
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


def test_a_credential_is_revoked_by_its_id(world: World) -> None:
    one, other = world.mint("ortto"), world.mint("ortto")
    world.revoke(one.id)
    world.revoke(other)
    url = f"{world.url('ortto')}/v1/audiences/get"
    for minted in (one, other):
        assert requests.post(url, headers=minted.headers, json={}, timeout=20).status_code == 401
    assert [credential.details["revoked"] for credential in world.issued("ortto")] == [False, True, True]
    assert {credential.vendor for credential in world.issued()} == {*world.vendors}


@pytest.mark.parametrize(
    "content", [b"<h1>Not here</h1>", b'{"detail": "Not Found"}', b'["error", "message"]']
)
def test_another_server_is_a_one_line_error(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OtherServer, "content", content)
    with HTTPServer(("127.0.0.1", 0), OtherServer) as server:
        Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(ControlError, match="is not a mock server"):
            Control(f"http://127.0.0.1:{server.server_port}").health()


@pytest.mark.mockserver(now="2026-01-01T00:00:00Z")
@pytest.mark.parametrize("duration", ["1d12h", timedelta(hours=36), 129_600, "129600"])
def test_a_duration_has_one_form(mockserver: World, duration: timedelta | float | str) -> None:
    assert mockserver.clock.advance(duration).now.isoformat() == "2026-01-02T12:00:00+00:00"
    credential = mockserver.mint("ortto", expires_in=duration)
    assert credential.expires is not None
    assert credential.expires.isoformat() == "2026-01-04T00:00:00+00:00"


def test_durations_of_faults(mockserver: World) -> None:
    mockserver.faults.add("ortto", None, "latency", seconds="200ms")
    mockserver.faults.add("ortto", None, "latency", seconds=timedelta(seconds=2))
    mockserver.faults.add("ortto", None, "latency", seconds={"uniform": ("100ms", 1)})
    mockserver.faults.add("ortto", None, "latency", seconds={"lognormal": {"median": "2s", "sigma": 0.5}})
    mockserver.faults.add("ortto", None, "rate_limited", retry_after="2m")
    *latencies, limited = mockserver.faults.read()
    assert [one["seconds"] for one in latencies] == [
        0.2,
        2,
        {"uniform": [0.1, 1]},
        {"lognormal": {"median": 2, "sigma": 0.5}},
    ]
    assert limited["retry_after"] == 120


def test_a_wrong_duration_is_refused(mockserver: World) -> None:
    with pytest.raises(ValueError, match="'soon' is not a duration"):
        mockserver.clock.advance("soon")
    with pytest.raises(ValueError, match="'soon' is not a duration"):
        mockserver.faults.add("ortto", None, "latency", seconds="soon")
    for arguments, units in (((), {}), (("2h",), {"hours": 2})):
        with pytest.raises(TypeError, match="takes one duration"):
            mockserver.clock.advance(*arguments, **units)
