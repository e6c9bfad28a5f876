"""Settings of worlds through the control API: initial, changed, restored, and rejected."""

from typing import Any

import pytest

from mockserver import vendors
from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests import audiences
from tests.control.api import Api, refusal
from tests.read_vendors import read_vendor


def test_the_default_settings_are_those_documented(api: Api, mockserver: World) -> None:
    settings = api("GET", f"/worlds/{mockserver.name}/settings").json()
    assert (settings["jobs"], settings["limits"], settings["strictness"]) == ("on_time", False, "vendor")
    assert api("GET", f"/worlds/{mockserver.name}").json()["settings"] == settings


def test_a_change_keeps_the_other_settings(api: Api, mockserver: World) -> None:
    path = f"/worlds/{mockserver.name}/settings"
    before = api("GET", path).json()
    assert api("PUT", path, {"jobs": "manual"}).json() == before | {"jobs": "manual"}
    assert api("PUT", path, {"strictness": "strict"}).json() == (
        before | {"jobs": "manual", "strictness": "strict"}
    )
    assert api("PUT", path, {"jobs": None, "strictness": None}).json() == before
    assert api("PUT", path, {}).json() == before


def test_reset_restores_the_initial_settings(api: Api, name: str) -> None:
    start = {"jobs": "immediate", "strictness": "strict"}
    made = api("POST", "/worlds", {"name": name, "people": 3, "settings": start}).json()
    assert {key: made["settings"][key] for key in start} == start
    api("PUT", f"/worlds/{name}/settings", {"jobs": "manual", "limits": True})
    reset = api("POST", f"/worlds/{name}/reset").json()
    assert reset["settings"] == made["settings"]


def test_snapshots_and_forks_keep_the_settings(mockserver: World, mockserver_server: MockServer) -> None:
    mockserver.configure(jobs="manual")
    mockserver.snapshot("by-hand")
    fork = mockserver_server.control.create_world(fork=mockserver.name)
    try:
        mockserver.configure(jobs="immediate")
        assert fork.settings()["jobs"] == "manual"
    finally:
        fork.delete()
    mockserver.restore("by-hand")
    assert mockserver.settings()["jobs"] == "manual"


def test_the_client_creates_a_world_with_settings(mockserver_server: MockServer, name: str) -> None:
    world = mockserver_server.control.create_world(name, people=3, settings={"strictness": "strict"})
    assert world.settings()["strictness"] == "strict"
    refused = audiences.call(world, "/v1/audiences/get?lmit=3")
    assert refused.status_code == 400
    world.configure(strictness="vendor")
    assert audiences.call(world, "/v1/audiences/get?lmit=3").status_code == 200


def test_rates_and_switches_of_the_contracts_are_listed(mockserver: World) -> None:
    settings = mockserver.settings()
    roots = {name: read_vendor(name).contract.document.root for name in vendors.names()}
    for what, member in (("x-limits", "rates"), ("x-switches", "switches")):
        said = {name: list(root[what]) for name, root in roots.items() if what in root}
        assert {name: list(values) for name, values in settings[member].items()} == said


@pytest.mark.parametrize(
    ("change", "expected", "words"),
    [
        ({"jobs": "on-time"}, (400, "call_does_not_fit"), "the nearest is on_time"),
        ({"job": "manual"}, (400, "call_does_not_fit"), "the nearest is jobs"),
        ({"limits": "on"}, (400, "call_does_not_fit"), "boolean"),
        ({"rates": {"orto": {"calls": 3}}}, (404, "unknown_vendor"), "ortto"),
        ({"switches": {"orto": None}}, (404, "unknown_vendor"), "ortto"),
        ({"rates": {"ortto": {"calls_a_fortnight": 3}}}, (400, "unfit_setting"), "'calls_a_fortnight'"),
        ({"switches": {"ortto": {"grumpy": True}}}, (400, "unfit_setting"), "'grumpy'"),
        ({"rates": {"ortto": {"calls_a_fortnight": 0}}}, (400, "call_does_not_fit"), "minimum"),
    ],
)
def test_invalid_settings_are_rejected(
    api: Api, mockserver: World, name: str, change: dict[str, Any], expected: tuple[int, str], words: str
) -> None:
    before = mockserver.settings()
    reply = api("PUT", f"/worlds/{mockserver.name}/settings", change)
    assert refusal(reply) == expected
    assert words in reply.json()["message"]
    assert mockserver.settings() == before
    assert refusal(api("POST", "/worlds", {"name": name, "settings": change})) == expected
    assert refusal(api("GET", f"/worlds/{name}")) == (404, "unknown_world")
