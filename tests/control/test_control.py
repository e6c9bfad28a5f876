"""The control API through HTTP: every operation and every problem of contracts/control."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import pytest
import requests

from mockserver.app import create_app
from mockserver.client import Control, World
from mockserver.errors import InvalidScenarioError
from mockserver.pytest_plugin import MockServer
from tests import audiences
from tests.control.api import Api, refusal

JSON = {"Content-Type": "application/json"}


def test_health_names_version_and_vendors(api: Api) -> None:
    health = api("GET", "/health").json()
    assert health["status"] == "ok"
    assert health["vendors"] == sorted(health["vendors"])
    assert "ortto" in health["vendors"]
    assert health["worlds"] >= 1


def test_vendors_are_listed_with_url_and_operations(api: Api, mockserver_server: MockServer) -> None:
    vendors = {vendor["name"]: vendor for vendor in api("GET", "/vendors").json()["vendors"]}
    ortto = vendors["ortto"]
    assert ortto["url"] == f"{mockserver_server.url}/ortto"
    assert ortto["credentials"] == ["api_key"]
    operation = {one["name"]: one for one in ortto["operations"]}["get_audiences"]
    assert (operation["method"], operation["path"]) == ("POST", "/v1/audiences/get")
    assert operation["problems"]["request_invalid"] == 400
    assert requests.get(ortto["contract"], timeout=20).json()["openapi"].startswith("3.1")


def test_the_control_api_serves_its_contract(api: Api, mockserver_server: MockServer) -> None:
    contract = api("GET", "/openapi.json").json()
    assert contract["servers"][0]["url"] == f"{mockserver_server.url}/_mock"
    assert "/worlds/{world}/clock" in contract["paths"]


def test_the_default_world_exists(api: Api, mockserver_server: MockServer) -> None:
    world = api("GET", "/worlds/default").json()
    assert world["scenario"] == "demo"
    assert world["vendors"]["ortto"] == {
        "url": f"{mockserver_server.url}/ortto",
        "credentials": {"api_key": "PRK-mockserver"},
        "headers": {"X-Api-Key": "PRK-mockserver"},
        "servers": [f"https://api.{region}ap3api.com" for region in ("", "au.", "eu.")],
    }
    assert "default" in [one["name"] for one in api("GET", "/worlds").json()["worlds"]]


def test_worlds_are_listed_page_by_page(api: Api, name: str) -> None:
    names = [api("POST", "/worlds", {"name": f"{name}-{one}", "people": 0}).json()["name"] for one in "abc"]
    found, after = [], 0
    while after is not None:
        page = api("GET", f"/worlds?limit=2&after={after}").json()
        assert 1 <= len(page["worlds"]) <= 2
        found += [one["name"] for one in page["worlds"]]
        after = page["next"]
    whole = api("GET", "/worlds").json()
    assert found == [one["name"] for one in whole["worlds"]]
    assert found[-3:] == names
    assert whole["next"] is None
    for one in names:
        api("DELETE", f"/worlds/{one}")


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=-1"])
def test_a_page_beyond_the_bounds_is_refused(api: Api, query: str) -> None:
    assert refusal(api("GET", f"/worlds?{query}")) == (400, "call_does_not_fit")


def test_the_client_reads_every_page(monkeypatch: pytest.MonkeyPatch, mockserver_server: MockServer) -> None:
    control = Control(mockserver_server.url)
    made = control.create_world(people=0)
    send, sent = control.send, []

    def one_at_a_time(method: str, path: str, *rest: Any) -> Any:
        sent.append(path)
        return send(method, f"{path}&limit=1", *rest)

    monkeypatch.setattr(control, "send", one_at_a_time)
    names = [world.name for world in control.worlds()]
    monkeypatch.undo()
    made.delete()
    assert names[0] == "default"
    assert made.name in names
    assert len(sent) == len(names)


def test_a_world_is_created_as_requested(api: Api, mockserver_server: MockServer, name: str) -> None:
    reply = api("POST", "/worlds", {"name": name, "scenario": "demo", "seed": 7, "people": 12})
    world = reply.json()
    assert reply.status_code == 201
    assert (world["name"], world["scenario"], world["seed"], world["people"]) == (name, "demo", 7, 12)
    assert world["vendors"]["ortto"]["url"] == f"{mockserver_server.url}/w/{name}/ortto"
    assert world["vendors"]["ortto"]["credentials"]["api_key"] != "PRK-mockserver"
    assert api("GET", f"/worlds/{name}").json() == world


def test_a_world_without_a_name_gets_one(api: Api) -> None:
    made = [api("POST", "/worlds").json(), api("POST", "/worlds", {}).json()]
    assert made[0]["name"] != made[1]["name"]
    for world in made:
        assert api("DELETE", f"/worlds/{world['name']}").status_code == 204


def test_a_world_may_start_at_another_time(api: Api, name: str) -> None:
    api("POST", "/worlds", {"name": name, "now": "2031-05-06T07:08:09Z"})
    now = datetime.fromisoformat(api("GET", f"/worlds/{name}/clock").json()["now"])
    assert timedelta(0) <= now - datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC) < timedelta(minutes=1)


def test_a_deleted_world_is_unknown(api: Api, name: str, mockserver_server: MockServer) -> None:
    api("POST", "/worlds", {"name": name, "people": 3})
    world = mockserver_server.control.world(name)
    assert audiences.call(world).status_code == 200
    assert api("DELETE", f"/worlds/{name}").status_code == 204
    assert refusal(api("GET", f"/worlds/{name}")) == (404, "unknown_world")
    assert audiences.call(world).status_code >= 400


def test_a_fork_is_independent(api: Api, name: str, mockserver: World, mockserver_server: MockServer) -> None:
    audiences.add(mockserver, "Before the fork")
    fork = api("POST", "/worlds", {"name": name, "from": mockserver.name}).json()
    assert (fork["seed"], fork["people"]) == (mockserver.seed, mockserver.people)
    audiences.add(mockserver, "After the fork")
    there = audiences.names(mockserver_server.control.world(name))
    assert "Before the fork" in there
    assert "After the fork" not in there


def test_reset_restores_records_journal_and_clock(api: Api, mockserver: World) -> None:
    audiences.add(mockserver, "Passing")
    mockserver.clock.advance(days=3)
    assert "Passing" in audiences.names(mockserver)
    reply = api("POST", f"/worlds/{mockserver.name}/reset")
    assert reply.status_code == 200
    assert reply.json()["name"] == mockserver.name
    assert mockserver.journal() == []
    assert mockserver.clock.read().mode == "real"
    assert "Passing" not in audiences.names(mockserver)


def test_a_snapshot_can_be_restored(api: Api, mockserver: World) -> None:
    path = f"/worlds/{mockserver.name}/snapshots"
    audiences.add(mockserver, "Kept")
    reply = api("POST", path, {"name": "one"})
    assert reply.status_code == 201
    assert reply.json()["world"] == mockserver.name
    audiences.add(mockserver, "Lost")
    assert [one["name"] for one in api("GET", path).json()["snapshots"]] == ["one"]
    assert api("POST", f"{path}/one/restore").json()["name"] == mockserver.name
    there = audiences.names(mockserver)
    assert "Kept" in there
    assert "Lost" not in there


def test_a_snapshot_of_the_same_name_is_replaced(api: Api, mockserver: World) -> None:
    path = f"/worlds/{mockserver.name}/snapshots"
    api("POST", path, {"name": "one"})
    audiences.add(mockserver, "Later")
    assert api("POST", path, {"name": "one"}).status_code == 201
    assert len(api("GET", path).json()["snapshots"]) == 1
    api("POST", f"{path}/one/restore")
    assert "Later" in audiences.names(mockserver)


def test_a_snapshot_can_be_deleted(api: Api, mockserver: World) -> None:
    audiences.add(mockserver, "Stays")
    mockserver.snapshot("one")
    mockserver.snapshot("two")
    mockserver.delete_snapshot("one")
    assert mockserver.snapshots() == ["two"]
    assert "Stays" in audiences.names(mockserver)
    path = f"/worlds/{mockserver.name}/snapshots"
    assert refusal(api("POST", f"{path}/one/restore")) == (404, "unknown_snapshot")
    assert refusal(api("DELETE", f"{path}/one")) == (404, "unknown_snapshot")


def test_the_clock_is_real_until_it_is_changed(api: Api, mockserver: World) -> None:
    path = f"/worlds/{mockserver.name}/clock"
    clock = api("GET", path).json()
    assert clock["mode"] == "real"
    assert abs(datetime.fromisoformat(clock["now"]) - datetime.now(UTC)) < timedelta(minutes=1)
    moved = api("PUT", path, {"advance": 3600}).json()
    assert moved["mode"] == "shifted"
    ahead = datetime.fromisoformat(moved["now"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < ahead < timedelta(minutes=61)


def test_changes_of_the_clock_can_be_combined(api: Api, mockserver: World) -> None:
    path = f"/worlds/{mockserver.name}/clock"
    frozen = api("PUT", path, {"now": "2026-01-01T01:00:00+01:00", "advance": 90.5, "frozen": True}).json()
    assert datetime.fromisoformat(frozen["now"]) == datetime(2026, 1, 1, 0, 1, 30, 500000, tzinfo=UTC)
    assert frozen["mode"] == "frozen"
    assert api("GET", path).json()["now"] == frozen["now"]
    assert api("PUT", path, {"frozen": False}).json()["mode"] == "shifted"


def test_a_clock_moves_at_most_ten_years_per_call(api: Api, mockserver: World) -> None:
    path = f"/worlds/{mockserver.name}/clock"
    for change in ({"advance": 315705600}, {"now": "2299-01-01T00:00:00Z"}):
        assert refusal(api("PUT", path, change)) == (409, "clock_too_far")
    assert api("GET", path).json()["mode"] == "real"
    assert api("PUT", path, {"now": "1999-01-01T00:00:00Z", "advance": 300000000}).status_code == 200


@pytest.mark.mockserver(now="2299-06-01T00:00:00Z", scenario="empty")
def test_a_clock_stays_in_the_years_of_the_contract(api: Api, mockserver: World) -> None:
    path = f"/worlds/{mockserver.name}/clock"
    assert refusal(api("PUT", path, {"advance": 60 * 60 * 24 * 1000})) == (409, "clock_too_far")
    assert api("GET", path).json()["now"] == "2299-06-01T00:00:00Z"


@pytest.mark.parametrize("now", ["1900-01-01T00:00:00+23:59", "1999-12-31T23:59:59.999999-23:59"])
def test_every_timestamp_of_the_contract_is_accepted(api: Api, mockserver: World, now: str) -> None:
    assert api("PUT", f"/worlds/{mockserver.name}/clock", {"now": now}).status_code == 200
    assert mockserver.clock.read().mode == "shifted"


def test_the_journal_lists_the_exchanges(api: Api, mockserver: World) -> None:
    path = f"/worlds/{mockserver.name}/journal"
    assert audiences.call(mockserver).status_code == 200
    requests.post(f"{mockserver.url('ortto')}/v1/audiences/get", json={}, timeout=20)
    everything = api("GET", path).json()["exchanges"]
    assert [one["reply"]["status"] for one in everything] == [200, 401]
    assert [one["number"] for one in everything] == [1, 2]
    assert everything[0]["vendor"] == "ortto"
    assert everything[0]["operation"] == "get_audiences"
    call = everything[0]["call"]
    assert (call["method"], call["path"]) == ("POST", "/v1/audiences/get")
    assert "PRK-" not in json.dumps(everything)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3]),
        ("vendor=ortto", [1, 2, 3]),
        ("vendor=voyado", []),
        ("operation=get_audiences&status=200", [1, 3]),
        ("operation=subscribe_people", []),
        ("status=401", [2]),
        ("after=1", [2, 3]),
        ("flawed=true", []),
        ("flawed=false", [1, 2, 3]),
        ("limit=2", [1, 2]),
    ],
)
def test_the_journal_can_be_filtered(api: Api, mockserver: World, query: str, numbers: list[int]) -> None:
    audiences.call(mockserver)
    requests.post(f"{mockserver.url('ortto')}/v1/audiences/get", json={}, timeout=20)
    audiences.call(mockserver)
    found = api("GET", f"/worlds/{mockserver.name}/journal?{query}").json()
    assert [one["number"] for one in found["exchanges"]] == numbers
    assert found["next"] == (2 if query == "limit=2" else None)


def test_the_journal_can_be_cleared(api: Api, mockserver: World) -> None:
    audiences.call(mockserver)
    assert api("DELETE", f"/worlds/{mockserver.name}/journal").status_code == 204
    assert mockserver.journal() == []
    audiences.call(mockserver)
    assert [one["number"] for one in mockserver.journal()] == [2]


def test_backstage_runs_an_action(api: Api, mockserver: World) -> None:
    path = f"/worlds/{mockserver.name}/backstage/ortto/create_audience"
    reply = api("POST", path, {"name": "By hand", "filter": audiences.EVERYBODY})
    assert reply.status_code == 200
    assert "By hand" in audiences.names(mockserver)


def test_the_contract_of_backstage_describes_the_urls_that_work(api: Api, mockserver: World) -> None:
    vendors = api("GET", "/vendors").json()["vendors"]
    assert vendors
    for vendor in vendors:
        contract = api("GET", vendor["backstage_contract"].partition("/_mock")[2]).json()
        (server,) = contract["servers"]
        base = server["url"].partition("/_mock")[2].format(world=mockserver.name)
        paths = list(contract["paths"])
        assert [path[1:] for path in paths] == vendor["backstage"] != []
        for path in paths:
            reply = api("POST", f"{base}{path}", {"nosuch": 1})
            assert reply.status_code in (200, 204) or refusal(reply)[1] != "unknown_action"


def test_backstage_errors_are_the_vendors(api: Api, mockserver: World) -> None:
    reply = api("POST", f"/worlds/{mockserver.name}/backstage/ortto/create_audience", {"name": "No filter"})
    assert reply.status_code == 400
    assert reply.json()["message"].startswith("backstage ortto create_audience: ")
    assert "filter" in reply.json()["message"]
    assert "No filter" not in audiences.names(mockserver)


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/nowhere", None, (404, "unknown_path")),
        ("PATCH", "/worlds/default", None, (405, "unknown_method")),
        ("POST", "/worlds", {"nmae": "typing-error"}, (400, "call_does_not_fit")),
        ("POST", "/worlds", {"name": "Not A Name"}, (400, "call_does_not_fit")),
        ("POST", "/worlds", {"from": "default", "seed": 3}, (400, "call_does_not_fit")),
        ("POST", "/worlds", {"name": "default"}, (409, "world_exists")),
        ("POST", "/worlds", {"scenario": "nosuch"}, (400, "unknown_scenario")),
        ("POST", "/worlds", {"from": "nosuch"}, (404, "unknown_world")),
        ("GET", "/worlds/nosuch", None, (404, "unknown_world")),
        ("GET", "/worlds/NoSuch", None, (400, "call_does_not_fit")),
        ("DELETE", "/worlds/nosuch", None, (404, "unknown_world")),
        ("DELETE", "/worlds/default", None, (409, "default_world_stays")),
        ("POST", "/worlds/nosuch/reset", None, (404, "unknown_world")),
        ("GET", "/worlds/nosuch/snapshots", None, (404, "unknown_world")),
        ("POST", "/worlds/nosuch/snapshots", {"name": "one"}, (404, "unknown_world")),
        ("POST", "/worlds/default/snapshots", {}, (400, "call_does_not_fit")),
        ("POST", "/worlds/default/snapshots", None, (400, "body_missing")),
        ("POST", "/worlds/default/snapshots/nosuch/restore", None, (404, "unknown_snapshot")),
        ("POST", "/worlds/nosuch/snapshots/one/restore", None, (404, "unknown_world")),
        ("GET", "/worlds/nosuch/clock", None, (404, "unknown_world")),
        ("PUT", "/worlds/nosuch/clock", {"advance": 1}, (404, "unknown_world")),
        ("PUT", "/worlds/default/clock", {}, (400, "call_does_not_fit")),
        ("PUT", "/worlds/default/clock", {"advance": -1}, (400, "call_does_not_fit")),
        ("PUT", "/worlds/default/clock", {"now": "yesterday"}, (400, "call_does_not_fit")),
        ("GET", "/worlds/nosuch/journal", None, (404, "unknown_world")),
        ("GET", "/worlds/default/journal?limit=1001", None, (400, "call_does_not_fit")),
        ("GET", "/worlds/default/journal?vendor=nosuch", None, (404, "unknown_vendor")),
        ("GET", "/worlds/default/journal?operation=nosuch", None, (404, "unknown_operation")),
        (
            "GET",
            "/worlds/default/journal?vendor=voyado&operation=get_audiences",
            None,
            (404, "unknown_operation"),
        ),
        ("DELETE", "/worlds/nosuch/journal", None, (404, "unknown_world")),
        ("POST", "/worlds/nosuch/backstage/ortto/create_audience", {}, (404, "unknown_world")),
        ("POST", "/worlds/default/backstage/nosuch/create_audience", {}, (404, "unknown_vendor")),
        ("POST", "/worlds/default/backstage/ortto/nosuch", {}, (404, "unknown_action")),
        ("GET", "/vendors/nosuch/backstage", None, (404, "unknown_vendor")),
    ],
)
def test_invalid_calls_name_the_problem(
    api: Api, method: str, path: str, body: Any, expected: tuple[int, str]
) -> None:
    assert refusal(api(method, path, body)) == expected


def test_an_invalid_scenario_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> NoReturn:
        raise InvalidScenarioError(f"{name}.yaml at /people", '"many" is no number', "write a number")

    client = create_app(people=0).test_client()
    monkeypatch.setattr("mockserver.state.known_scenarios.load_scenario", load)
    monkeypatch.setattr("mockserver.state.known_scenarios.scenario_names", lambda: ["broken"])
    reply = client.post("/_mock/worlds", json={"scenario": "broken"})
    assert reply.status_code == 400
    assert reply.json == {
        "error": "unfit_scenario",
        "message": 'broken.yaml at /people: "many" is no number; write a number',
    }


def test_a_body_that_is_not_json_is_rejected(api: Api) -> None:
    reply = api("PUT", "/worlds/default/clock", data=b'{"advance":', headers=JSON)
    assert refusal(reply) == (400, "body_malformed")


def test_an_error_lists_what_is_available(api: Api) -> None:
    message = api("GET", "/worlds/default/journal?vendor=orto").json()["message"]
    assert "'orto'" in message
    assert "ortto" in message
    message = api("GET", "/worlds/default/journal?operation=get_audienses").json()["message"]
    assert "the nearest is get_audiences;" in message


def test_control_calls_are_not_journalled(mockserver: World) -> None:
    mockserver.clock.now()
    mockserver.snapshot("one")
    assert mockserver.journal() == []


def test_a_deletion_returns_the_exchanges_not_yet_read(
    api: Api, name: str, mockserver_server: MockServer
) -> None:
    for query, numbers in {
        "?after=0": [1, 2, 3],
        "?after=1": [2, 3],
        "?after=0&flawed=true": [2],
        "?after=2&flawed=true": [],
        "?after=2&flawed=false": [3],
    }.items():
        world = mockserver_server.control.create_world(name)
        for path in ("audiences/get", "nowhere", "audiences/get"):
            url = f"{world.url('ortto')}/v1/{path}"
            requests.post(url, headers=world.headers("ortto"), json={}, timeout=20)
        listed = {one["number"]: one for one in world.journal()}
        reply = api("DELETE", f"/worlds/{name}{query}")
        assert reply.status_code == 200
        exchanges = [listed[number] for number in numbers]
        assert reply.json() == {"exchanges": exchanges, "next": None, "last": 3, "dropped": 0}
        assert api("GET", f"/worlds/{name}").status_code == 404
    assert refusal(api("DELETE", "/worlds/default?after=0")) == (409, "default_world_stays")
