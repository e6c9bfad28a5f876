"""Faults and settings of a scenario: armed at the start and after a reset, refused if they cannot apply."""

from pathlib import Path
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.client import World
from mockserver.errors import InvalidScenarioError
from mockserver.state.scenario import Scenario, load_scenario, scenario_names
from mockserver.testing.local_control import LocalControl
from tests.control.api import Api, refusal

LATENCY = {"kind": "latency", "seconds": "200ms", "times": None}

PLANNED = """
settings: {jobs: manual, switches: {ortto: {empty_list: array}}}
faults:
  - {kind: latency, vendor: ortto, seconds: 1ms, times: null}
  - {kind: rate_limited, vendor: ortto, retry_after: 2m, query: {page: 2}}
"""


def scenario(folder: Path, text: str) -> Scenario:
    file = folder / "planned.yaml"
    file.write_text(text)
    return load_scenario(str(file))


def kinds(world: World) -> list[str]:
    return [fault.kind for fault in world.faults.all()]


def test_a_world_starts_with_faults_and_settings_and_returns_to_them(tmp_path: Path) -> None:
    control = LocalControl(create_app(scenario(tmp_path, PLANNED), vendors=("ortto",)))
    default = control.world()
    assert default.settings()["jobs"] == "manual"
    assert default.settings()["switches"]["ortto"]["empty_list"] == "array"
    latency, limited = default.faults.read()
    assert (latency["seconds"], limited["retry_after"], limited["query"]) == (0.001, 120, {"page": 2})
    default.configure(jobs="immediate")
    default.faults.clear()
    default.faults.add("ortto", None, "garbage")
    default.reset()
    assert (default.settings()["jobs"], kinds(default)) == ("manual", ["latency", "rate_limited"])
    world = control.create_world(settings={"jobs": "on_time"})
    assert (world.settings()["jobs"], kinds(world)) == ("on_time", ["latency", "rate_limited"])
    fork = control.create_world(fork="default")
    fork.faults.clear()
    fork.reset()
    assert kinds(fork) == ["latency", "rate_limited"]
    assert kinds(control.create_world(scenario="empty")) == []


def test_a_fault_of_a_vendor_that_is_not_served_is_no_error(tmp_path: Path) -> None:
    text = "faults: [{kind: garbage, vendor: fanfare, operation: create_audience}]"
    control = LocalControl(create_app(scenario(tmp_path, text), vendors=("ortto",)))
    assert kinds(control.world()) == ["garbage"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("faults: [{kind: lantency}]", "scenario planned at /faults/0"),
        (
            "faults: [{kind: garbage}, {kind: garbage, vendor: orto}]",
            "scenario planned at /faults/1: unknown vendor",
        ),
        ("faults: [{kind: garbage, operation: nosuch}]", "unknown operation 'nosuch'"),
        (
            "faults: [{kind: garbage, operation: list_audiences, where: {/a: 1}}]",
            "takes no JSON body; `where`",
        ),
        (
            "faults: [{kind: latency, seconds: soon}]",
            "planned.yaml at /faults/0: 'soon' is not a duration; write",
        ),
        ("faults: [{kind: latency, seconds: 10h}]", "scenario planned at /faults/0"),
        ("faults: garbage", "planned.yaml at /faults"),
        ("faults: [{operation: list_audiences}]", "planned.yaml at /faults/0"),
        ("settings: {jobs: sometimes}", "scenario planned at /settings/jobs"),
        ("settings: {lmits: true}", "scenario planned at /settings"),
        ("settings: {switches: {ortto: {nosuch: 1}}}", "ortto has no switch 'nosuch'"),
        ("settings: {rates: {orto: {}}}", "scenario planned at /settings: unknown vendor 'orto'"),
        (
            "vendors: {ortto: {activities: [Twice, Twice]}}",
            "scenario planned at /vendors/ortto: ",
        ),
        (
            "vendors: {spotler: {account: {campaigns: [{name: A, audience: nowhere}]}}}",
            "scenario planned at /vendors/spotler: spotler's account at /account/campaigns/0/audience: "
            "unknown audience 'nowhere'; add it to the audiences of the section",
        ),
    ],
)
def test_what_could_not_apply_is_refused_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidScenarioError) as error:
        create_app(scenario(tmp_path, text))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_section_of_a_vendor_that_is_not_served_is_no_error(tmp_path: Path) -> None:
    text = "vendors: {ortto: {activities: [Twice, Twice]}}"
    assert create_app(scenario(tmp_path, text), vendors=("spotler",)).context.worlds.count() == 1


@pytest.mark.parametrize("name", scenario_names())
def test_the_shipped_scenarios_are_valid(name: str) -> None:
    assert create_app(load_scenario(name)).context.worlds.count() == 1


def test_the_scenario_decides_the_limits_unless_an_option_does(tmp_path: Path) -> None:
    limited = scenario(tmp_path, "settings: {limits: true}")
    for option, expected in ((None, True), (False, False), (True, True)):
        control = LocalControl(create_app(limited, vendors=("ortto",), limits=option))
        assert control.world().settings()["limits"] is expected


def test_the_content_of_a_scenario_starts_a_world(api: Api) -> None:
    content = {
        "people": [{"email": "eva@example.com"}, 2],
        "settings": {"limits": False},
        "faults": [LATENCY],
    }
    made = api("POST", "/worlds", {"scenario": content, "seed": 3}).json()
    assert (made["scenario"], made["people"], made["seed"]) == ("inline", 3, 3)
    assert made["settings"]["limits"] is False
    (fault,) = api("GET", f"/worlds/{made['name']}/faults").json()["faults"]
    assert (fault["kind"], fault["seconds"]) == ("latency", 0.2)
    api("DELETE", f"/worlds/{made['name']}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"poeple": 3}, 'scenario at /poeple: unknown key "poeple"; did you mean "people"?'),
        ({"people": 300_000}, "300000 are too many; ask for at most 250000"),
        ({"settings": {"rates": {"nosuch": {}}}}, "nosuch"),
        ({"vendors": {"ortto": {"audiences": [{"name": "x", "filter": {"no": 1}}]}}}, "/vendors/ortto: "),
        ({"vendors": {"ortto": {"activities": ["Twice", "Twice"]}}}, "scenario inline at /vendors/ortto: "),
        ({"faults": [{"kind": "problem", "vendor": "ortto", "problem": "nosuch"}]}, "nosuch"),
    ],
)
def test_wrong_content_of_a_scenario_is_rejected(api: Api, content: Any, message: str) -> None:
    reply = api("POST", "/worlds", {"scenario": content})
    assert refusal(reply) == (400, "unfit_scenario")
    assert message in reply.json()["message"]
