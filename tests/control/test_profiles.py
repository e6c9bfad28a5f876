"""Profiles through the control API, the client and the marker: started, read, ended, and validated."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver.client import World
from mockserver.contract.pointer_check import find_dead_end
from mockserver.errors import ControlError
from mockserver.formats.json_pointer import parse_pointer
from mockserver.pytest_plugin import MockServer
from mockserver.state.profile import load_profile, profile_names
from mockserver.vendors import Vendors
from tests import audiences
from tests.control.api import Api, refusal

LATENCY = {"kind": "latency", "vendor": "ortto", "seconds": 0.001, "times": None}
LIMITS = {"settings": {"limits": True}, "faults": [LATENCY]}


def names(world: World) -> list[str]:
    return [one.name for one in world.profiles()]


@pytest.mark.parametrize("name", profile_names())
def test_every_shipped_profile_is_listed_started_and_ended(api: Api, mockserver: World, name: str) -> None:
    before = mockserver.settings()
    listed = {one["name"]: one for one in api("GET", "/profiles").json()["profiles"]}
    assert listed[name] == load_profile(name).to_dict()
    path = f"/worlds/{mockserver.name}/profiles"
    started = api("PUT", f"{path}/{name}")
    assert started.status_code == 200, started.text
    active = started.json()
    assert api("GET", f"{path}/{name}").json() == active
    assert api("GET", path).json() == {"profiles": [active]}
    faults = mockserver.faults.read()
    assert [one["id"] for one in faults] == active["faults"]
    own = [
        {key: value for key, value in one.items() if key in fault}
        for fault, one in zip(listed[name]["faults"], faults, strict=True)
    ]
    assert own == listed[name]["faults"]
    assert {one["profile"] for one in faults} <= {name}
    assert api("DELETE", f"{path}/{name}").status_code == 204
    assert api("GET", path).json() == {"profiles": []}
    assert (mockserver.faults.read(), mockserver.settings()) == ([], before)
    assert refusal(api("GET", f"{path}/{name}")) == (404, "profile_not_active")
    assert refusal(api("DELETE", f"{path}/{name}")) == (404, "profile_not_active")


def test_the_next_version_changes_members_that_successful_replies_have() -> None:
    vendors = Vendors(())
    drifts = load_profile("next-version").faults
    assert len(drifts) > 15
    for one in drifts:
        replies = vendors[one["vendor"]].contract.operations[one["operation"]].replies
        schemas = [reply.schema for status, reply in replies.items() if str(status)[0] == "2"]
        ends = [find_dead_end(schema, parse_pointer(one["field"])) for schema in schemas if schema]
        assert None in ends, one


def test_a_bad_day_in_the_journal(mockserver: World) -> None:
    drift = {"kind": "drift", "vendor": "ortto", "field": "/*/name", "change": "removed", "times": None}
    with mockserver.profile({"name": "own", "faults": [drift]}):
        body = audiences.call(mockserver).json()
    assert body
    assert all("name" not in one for one in body)
    assert "name" in audiences.call(mockserver).json()[0]
    struck, fine = mockserver.journal()
    assert struck["fault"] == {"id": "fault-1", "kind": "drift", "profile": "own"}
    assert fine["fault"] is None


@pytest.mark.mockserver(now="2026-03-02T20:00:00Z")
def test_stuck_nights(mockserver: World) -> None:
    """The nightly recalculation of Voyado waits for the end of the profile, and is then caught up."""
    mockserver.collections("voyado")  # its data is made when it is first needed
    nights = mockserver.jobs.pending("voyado")
    assert [one["job"] for one in nights] == ["recalculate"]
    profile = mockserver.profile("night-stuck", lasts="36h")
    assert mockserver.clock.advance("1d").jobs_run == 0
    assert mockserver.jobs.pending("voyado") == nights
    assert mockserver.clock.advance("11h59m").jobs_run == 0
    assert mockserver.clock.advance("1m").jobs_run >= 2
    assert not profile.is_active
    assert mockserver.settings()["jobs"] == "on_time"


def test_the_end_on_the_clock_is_seen_without_any_call(api: Api, mockserver: World) -> None:
    mockserver.clock.freeze()
    profile = mockserver.profile({"name": "own", **LIMITS, "lasts": "60s"})
    assert profile.read()["settings"] == {"limits": True}
    assert profile.ends is not None
    assert (profile.ends - mockserver.clock.now()).total_seconds() == 60
    api("PUT", f"/worlds/{mockserver.name}/clock", {"advance": 60})
    assert mockserver.settings()["limits"] is False
    assert (mockserver.faults.read(), names(mockserver)) == ([], [])


@pytest.mark.parametrize(("lasts", "seconds"), [(None, 21600), (90, 90), ("2h", 7200)])
def test_how_long_it_lasts(mockserver: World, lasts: float | str | None, seconds: int) -> None:
    mockserver.clock.freeze()
    profile = mockserver.profile("degraded", lasts=lasts)
    assert profile.ends is not None
    assert (profile.ends - mockserver.clock.now()).total_seconds() == seconds


def test_without_an_end(api: Api, mockserver: World) -> None:
    reply = api("PUT", f"/worlds/{mockserver.name}/profiles/degraded", {"lasts": None})
    assert reply.json()["ends"] is None
    mockserver.clock.advance("20d")
    assert names(mockserver) == ["degraded"]


def test_a_file_of_a_user(mockserver: World, tmp_path: Path) -> None:
    own = tmp_path / "slow.yaml"
    own.write_text("description: Slow.\nlasts: 1h\nfaults: [{kind: latency, seconds: 1ms, times: null}]")
    with mockserver.profile(str(own)) as profile:
        assert (profile.name, profile.description) == ("slow", "Slow.")
        assert mockserver.faults.read()[0]["seconds"] == 0.001
    assert (names(mockserver), repr(profile)[:13]) == ([], "Profile(slow,")


def test_a_profile_that_has_ended_may_leave_its_block(mockserver: World) -> None:
    with mockserver.profile("degraded"), mockserver.profile("night-stuck") as second:
        mockserver.reset()
        assert not second.is_active


@pytest.mark.mockserver(profile=["night-stuck", {"name": "own", "lasts": "1m", **LIMITS}])
def test_the_marker_starts_profiles_and_a_reset_starts_them_again(mockserver: World) -> None:
    for _ in range(2):
        assert names(mockserver) == ["night-stuck", "own"]
        assert (mockserver.settings()["jobs"], mockserver.settings()["limits"]) == ("no_events", True)
        mockserver.end_profile("night-stuck")
        assert mockserver.settings()["jobs"] == "on_time"
        mockserver.reset()


@pytest.mark.mockserver(profile="profile_of_a_test.yaml")
def test_the_marker_takes_a_file_beside_the_test(mockserver: World) -> None:
    assert [(one.name, one.description) for one in mockserver.profiles()] == [
        ("profile_of_a_test", "Beside the test.")
    ]


def test_a_scenario_and_a_fork_have_profiles(mockserver_server: MockServer) -> None:
    scenario = {"people": 0, "profiles": ["night-stuck"]}
    with mockserver_server.world(scenario=scenario, profile="degraded") as world:
        assert names(world) == ["night-stuck", "degraded"]
        twin = mockserver_server.control.create_world(fork=world.name)
        assert names(twin) == names(world)
        twin.delete()


def test_an_exported_state_has_its_profiles(mockserver_server: MockServer, mockserver: World) -> None:
    mockserver.clock.freeze("2026-01-01T00:00:00Z")
    mockserver.configure(strictness="strict")
    mockserver.profile({"name": "own", **LIMITS, "lasts": 60})
    mockserver.snapshot("s")
    content = mockserver.export_snapshot("s")
    copy = mockserver_server.control.create_world(state=content)
    assert (names(copy), copy.settings()["limits"], len(copy.faults.read())) == (["own"], True, 1)
    copy.clock.advance("1m")
    assert (names(copy), copy.settings()["limits"], copy.faults.read()) == ([], False, [])
    assert copy.settings()["strictness"] == "strict"
    copy.delete()


def test_an_imported_snapshot_of_a_world_with_profiles(mockserver_server: MockServer) -> None:
    with mockserver_server.world(scenario="empty", profile="night-stuck") as world:
        world.snapshot("s")
        content = world.export_snapshot("s")
    with mockserver_server.world(scenario="empty") as other:
        other.import_snapshot("theirs", content)
        other.restore("theirs")
        other.end_profile("night-stuck")
        other.reset()
        assert names(other) == ["night-stuck"], "a reset returns to the start of the imported world"


@pytest.mark.parametrize(
    ("name", "body", "problem", "message"),
    [
        ("degradet", {}, (404, "unknown_profile"), "(available: black-friday, degraded,"),
        ("degraded", {"lasts": 0}, (400, "call_does_not_fit"), "body/lasts"),
        ("degraded", {"last": 1}, (400, "call_does_not_fit"), "the nearest is lasts"),
        ("own", {"content": {"rate_share": 0}}, (400, "call_does_not_fit"), "rate_share"),
        ("own", {"content": {"faults": [{"kind": "reset", "vendor": "orto"}]}}, (400, "unfit_profile"),
         "profile own at /faults/0: unknown vendor 'orto'"),
        ("own", {"content": {"settings": {"rates": {"ortto": {"plam": 1}}}}}, (400, "unfit_profile"),
         "profile own at /settings: ortto has no limit 'plam', the nearest is plan"),
    ],
)  # fmt: skip
def test_what_is_refused(
    api: Api, mockserver: World, name: str, body: Any, problem: tuple[int, str], message: str
) -> None:
    reply = api("PUT", f"/worlds/{mockserver.name}/profiles/{name}", body)
    assert refusal(reply) == problem
    assert message in reply.json()["message"]
    assert mockserver.profiles() == []


@pytest.mark.parametrize(
    ("profiles", "problem"),
    [
        (["degradet"], (404, "unknown_profile")),
        ([{"name": "own", "faults": [{"kind": "reset", "vendor": "orto"}]}], (400, "unfit_profile")),
        (["degraded", "degraded"], (400, "unfit_profile")),
        ([{"name": "own", "faults": [{"kind": "rest"}]}], (400, "unfit_profile")),
    ],
)
def test_a_world_with_a_wrong_profile_is_refused(
    api: Api, name: str, profiles: list[Any], problem: tuple[int, str]
) -> None:
    assert refusal(api("POST", "/worlds", {"name": name, "profiles": profiles})) == problem
    assert refusal(api("GET", f"/worlds/{name}")) == (404, "unknown_world")


def test_limits_of_faults_and_profiles(api: Api, mockserver: World) -> None:
    path = f"/worlds/{mockserver.name}/profiles"
    for number in range(10):
        assert api("PUT", f"{path}/p{number}", {"content": {"faults": [LATENCY] * 100}}).status_code == 200
    refused = api("PUT", f"{path}/more", {"content": {"settings": {"limits": True}, "faults": [LATENCY]}})
    assert refusal(refused) == (409, "too_many_faults")
    assert mockserver.settings()["limits"] is False, "nothing of it was done"
    for number in range(10, 20):
        api("PUT", f"{path}/p{number}", {"content": {}})
    assert refusal(api("PUT", f"{path}/more", {"content": {}})) == (409, "too_many_profiles")
    assert len(mockserver.profiles()) == 20


def test_unknown_worlds(api: Api) -> None:
    path = "/worlds/nobody/profiles"
    calls = [("GET", path), *((method, f"{path}/degraded") for method in ("GET", "PUT", "DELETE"))]
    assert [refusal(api(*one)) for one in calls] == [(404, "unknown_world")] * 4


def outcomes(world: World, calls: int) -> list[Any]:
    """The statuses of calls, or what the client raised."""
    found: list[Any] = []
    for number in range(calls):
        try:
            url = f"{world.url('fanfare')}/api/v1/audiences?first={number + 1}"
            found.append(requests.get(url, headers=world.headers("fanfare"), timeout=20).status_code)
        except requests.RequestException as error:
            found.append(type(error).__name__)
    return found


@pytest.mark.parametrize(
    ("profile", "expected"),
    [("rate-limited", lambda found: found.count(429) > 20), ("black-friday", lambda found: 429 in found)],
)
def test_what_a_client_meets_is_the_same_every_time(
    mockserver_server: MockServer, profile: str, expected: Callable[[list[Any]], bool]
) -> None:
    content = load_profile(profile).to_dict() | {"name": "own"}
    quick = [one for one in content["faults"] if one["kind"] not in ("latency", "trickle")]
    met = []
    for _ in range(2):
        own = {**content, "faults": quick}
        with mockserver_server.world(
            scenario="demo", seed=5, now="2026-01-01T00:00:00Z", profile=own
        ) as world:
            met.append(outcomes(world, 60))
    assert met[0] == met[1]
    assert expected(met[0]), met[0]
    assert 200 in met[0]


def test_the_client_reports_what_the_server_refuses(mockserver: World) -> None:
    with pytest.raises(ControlError, match="unknown profile 'nope'"):
        mockserver.profile("nope")
    with pytest.raises(ControlError, match=r"profile 'degraded' is not active \(active: none\)"):
        mockserver.end_profile("degraded")
