"""The coverage of a world, through the control API and the CLI."""

import json
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from mockserver import cli
from mockserver.app import create_app
from mockserver.client import Control, World
from mockserver.contract import coverage
from mockserver.server.http_server import Server
from tests.control.api import Api, refusal
from tests.processes import on_terminal
from tests.read_vendors import read_vendor

ENDPOINTS = len(read_vendor("ortto").contract.operations)


def call(world: World, **body: Any) -> int:
    url = f"{world.url('ortto')}/v1/audiences/get"
    return requests.post(url, json=body, headers=world.headers("ortto"), timeout=10).status_code


def covered(found: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(item["kind"], item["name"]): item for item in found["items"] if item["calls"]}


def test_reached_and_unreached_items_are_listed(mockserver: World) -> None:
    armed = mockserver.faults.add("ortto", "get_audiences", "problem", problem="rate_limited", after=2)
    idle = mockserver.faults.add("ortto", "merge_people", "drop_after")
    assert [call(mockserver, limit=1), call(mockserver, limit=1, offset=1), call(mockserver)] == [
        200,
        200,
        429,
    ]
    found = mockserver.coverage()
    assert (found["exchanges"], found["forgotten"], list(found["vendors"])) == (3, 0, ["ortto"])
    contract = read_vendor("ortto").contract
    assert len(found["items"]) == len([*coverage.targets(contract)])
    items = covered(found)
    assert items.keys() == {
        ("operation", "POST /v1/audiences/get"),
        ("status", "200"),
        ("status", "429"),
        ("problem", "rate_limited"),
        ("parameter", "body /limit"),
        ("parameter", "body /offset"),
        ("page", "first"),
        ("page", "middle"),
    }
    assert (items["status", "429"]["calls"], items["status", "429"]["by_fault"]) == (1, 1)
    assert (items["status", "200"]["calls"], items["status", "200"]["by_fault"]) == (2, 0)
    assert found["vendors"]["ortto"]["operation"] == {"covered": 1, "total": ENDPOINTS, "by_fault": 0}
    assert [fault["id"] for fault in found["unused_faults"]] == [idle.id]
    assert armed.id != idle.id


def test_only_reached_items_are_listed_on_request(mockserver: World) -> None:
    mockserver.faults.add("ortto", "get_audiences", "problem", problem="rate_limited")
    assert [call(mockserver, limit=1), call(mockserver)] == [429, 200]
    everything, reached = mockserver.coverage(), mockserver.coverage(reached=True)
    assert len(everything["items"]) > 10 * len(reached["items"]) > 0
    assert covered(reached) == covered(everything)
    assert len(covered(reached)) == len(reached["items"])
    assert reached["vendors"] == {"ortto": {}}
    for name in ("exchanges", "inferred", "unused_faults"):
        assert reached[name] == everything[name]


def test_a_latency_and_a_lost_reply_do_not_count_as_by_fault(mockserver: World) -> None:
    mockserver.faults.add(None, None, "latency", seconds=0.001, times=None)
    with mockserver.faults.add("ortto", None, "duplicate"):
        assert call(mockserver, limit=1) == 200
    assert {one["by_fault"] for one in covered(mockserver.coverage()).values()} == {0}
    (counts,) = mockserver.coverage()["vendors"].values()
    assert sum(one["by_fault"] for one in counts.values()) == 0


def test_the_journal_names_the_fault_that_decided_not_the_latency(mockserver: World) -> None:
    mockserver.faults.add(None, None, "latency", seconds=0.001, times=None)
    mockserver.faults.add("ortto", "get_audiences", "problem", problem="rate_limited")
    assert [call(mockserver), call(mockserver)] == [429, 200]
    assert [one["fault"] and one["fault"]["kind"] for one in mockserver.journal()] == ["problem", "latency"]
    assert covered(mockserver.coverage())["problem", "rate_limited"]["by_fault"] == 1


def test_a_vendor_that_was_not_called(mockserver: World) -> None:
    assert mockserver.coverage()["items"] == []
    (name,) = mockserver.coverage("voyado")["vendors"]
    assert name == "voyado"
    assert covered(mockserver.coverage("voyado")) == {}


def test_dropped_exchanges_are_counted(mockserver: World) -> None:
    call(mockserver)
    mockserver.clear_journal()
    call(mockserver)
    found = mockserver.coverage()
    assert (found["exchanges"], found["forgotten"]) == (1, 1)


def test_the_label_of_a_world_names_the_test(api: Api, name: str) -> None:
    made = api("POST", "/worlds", {"name": name, "label": "tests/a.py::b[c]"}).json()
    assert made["label"] == "tests/a.py::b[c]"
    headers = made["vendors"]["ortto"]["headers"]
    requests.post(f"{made['vendors']['ortto']['url']}/v1/tags/get", json={}, headers=headers, timeout=10)
    found = api("GET", f"/worlds/{name}/coverage").json()
    assert found["label"] == "tests/a.py::b[c]"
    assert {tuple(item["tests"]) for item in found["items"] if item["calls"]} == {("tests/a.py::b[c]",)}
    fork = api("POST", "/worlds", {"from": name, "label": "another"}).json()
    assert fork["label"] == "another"
    assert api("DELETE", f"/worlds/{fork['name']}").status_code == 204


def test_unknown_names_are_rejected(api: Api, mockserver: World) -> None:
    assert refusal(api("GET", "/worlds/nowhere/coverage")) == (404, "unknown_world")
    answer = api("GET", f"/worlds/{mockserver.name}/coverage?vendor=nobody")
    assert refusal(answer) == (404, "unknown_vendor")


@pytest.fixture
def shell(api: Api, mockserver: World) -> Any:
    """Runs the command on the test's world."""
    call(mockserver)

    def run(*words: str) -> Any:
        done = CliRunner().invoke(
            cli.mockserver, ["coverage", mockserver.name, "--url", api.url, *words], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_piped_output_is_json(shell: Any, mockserver: World) -> None:
    assert json.loads(shell()) == mockserver.coverage()
    left = json.loads(shell("--uncovered", "--vendor", "ortto"))
    assert {item["calls"] for item in left} == {0}
    assert len(left) + len(covered(mockserver.coverage())) == len(mockserver.coverage()["items"])
    kept = json.loads(shell("--ignore", "ortto/*[!s]", "--ignore", "ortto/[!g]*"))
    assert {item["operation"] for item in kept["items"]} >= {"get_audiences"}
    assert "merge_people" not in {item["operation"] for item in kept["items"]}
    assert kept["vendors"]["ortto"]["operation"]["covered"] == 1


def test_a_name_that_leaves_nothing_out_is_refused(api: Api, mockserver: World) -> None:
    call(mockserver)
    words = ["coverage", mockserver.name, "--url", api.url, "--ignore", "ortto/merge_peple"]
    done = CliRunner().invoke(cli.mockserver, words)
    assert done.exit_code != 0
    assert "nearest: ortto/merge_people" in done.output


def test_terminal_output_is_a_table(api: Api, mockserver: World) -> None:
    words = ["coverage", mockserver.name, "--url", api.url]
    assert on_terminal(*words) == "no vendor was called\n"
    call(mockserver)
    heads, row = on_terminal(*words).splitlines()
    assert "operations" in heads
    assert "pages" in heads
    assert row.split()[:2] == ["ortto", f"1/{ENDPOINTS}"]


def test_inferred_rules_are_listed(mockserver: World) -> None:
    url = f"{mockserver.url('ortto')}/v1/audiences/get"
    assert call(mockserver) == 200
    assert requests.post(url, json={}, headers={"X-Api-Key": "no"}, timeout=10).status_code == 401
    good, refused = mockserver.journal()
    assert good["inferred"] == []
    assert refused["inferred"] == ["/components/examples/unauthorized"]
    (leaned_on,) = mockserver.coverage()["inferred"]
    assert (leaned_on["vendor"], leaned_on["rule"]) == ("ortto", "/components/examples/unauthorized")
    assert leaned_on["what"] == "The key is unknown or missing."
    assert leaned_on["calls"] == 1


def test_the_command_says_that_coverage_is_incomplete(capsys: pytest.CaptureFixture[str]) -> None:
    app = create_app(people=0)
    app.context.worlds._max_exchanges = 16
    with Server(app) as server:
        world = Control(server.url).create_world()
        for _ in range(32):
            call(world)
        assert (world.coverage()["forgotten"], world.coverage()["dropped"]) == (16, 16)
        for status in (1, 0):
            with pytest.raises(SystemExit) as ended:
                cli.main(["coverage", world.name, "--url", server.url])
            assert ended.value.code == status
            told = f"coverage is incomplete: the journal of {world.name} has dropped 16 calls"
            assert (told in capsys.readouterr().err) == bool(status)
            world.reset()
