"""The evidence file is true: it has what tools called on a server in tests that passed, and nothing else."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver.client import Control, World
from mockserver.paths import contracts
from tests.live_server import served
from tests.outside import evidence, ratchet
from tests.outside.evidence import CallCounter, Evidence, Tool
from tests.processes import Run

pytest_plugins = ["pytester"]

CLIENT = Tool("a-client", "1.0", "client")
NODE = "tests/outside/test_evidence.py::test_it"
ORTTO = "/v1/audiences/get"
VOYADO = "/api/v3/target-audiences"


class Caller:
    """A tool that sends calls to the default world of a server."""

    def __init__(self, world: World) -> None:
        self._world = world

    def call(self, vendor: str, method: str, path: str, **options: Any) -> int:
        url, headers = self._world.url(vendor) + path, dict(self._world.headers(vendor))
        return requests.request(method, url, headers=headers, timeout=10, **options).status_code


def recorded(calls: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    """The content of the file after a tool has sent these calls, and a test others before and after."""
    counter, found = CallCounter(), Evidence(NODE)
    with served(observers=[counter]) as url:
        caller = Caller(Control(url).world("default"))
        caller.call("voyado", "GET", "/api/v3/consents")
        with found.reached_by(CLIENT, counter):
            for vendor, method, path in calls:
                caller.call(vendor, method, path, json={"limit": 1} if method == "POST" else None)
        caller.call("voyado", "GET", "/api/v3/stores")
    return evidence.merge([found.rows])


def reached(content: dict[str, Any]) -> dict[tuple[str, str], dict[str, int]]:
    return {(row["vendor"], row["operation"]): row["statuses"] for row in content["operations"]}


def test_a_call_that_is_dropped_is_gone() -> None:
    calls = [("voyado", "GET", VOYADO), ("ortto", "POST", ORTTO), ("voyado", "GET", VOYADO)]
    calls += [("voyado", "GET", "/api/v3/contacts/nobody"), ("voyado", "GET", "/nowhere")]
    every = {
        ("ortto", "get_audiences"): {"200": 1},
        ("voyado", "get_contact"): {"400": 1},
        ("voyado", "list_target_audiences"): {"200": 2},
    }
    content = recorded(calls)
    assert reached(content) == every
    assert [row["tool"] for row in content["operations"]] == ["a-client"] * 3
    assert reached(recorded([one for one in calls if one[0] != "ortto"])) == {
        key: statuses for key, statuses in every.items() if key[0] != "ortto"
    }


def test_a_tool_that_calls_nothing_fails() -> None:
    with pytest.raises(AssertionError, match="a-client has called no operation"):
        recorded([("voyado", "GET", "/nowhere")])


def test_rows_of_several_tests_are_one() -> None:
    row = {"vendor": "ortto", "operation": "get_audiences", "tool": "t", "version": "1.0", "kind": "client"}
    one = {**row, "statuses": {"200": 2, "429": 1}, "tests": ["tests/test_b.py::test_b"]}
    other = {**row, "statuses": {"200": 1}, "tests": ["tests/test_a.py::test_a"]}
    newer = {**other, "version": "2.0"}
    linted = Evidence(NODE)
    linted.read_by(Tool("l", "1.0", "linter"), contracts() / "ortto" / "openapi.yaml")
    found = [{"operations": [one], "documents": []}, {"operations": [other, newer], "documents": []}]
    content = evidence.merge([*found, linted.rows, linted.rows])
    assert content["operations"] == [
        {**row, "statuses": {"200": 3, "429": 1}, "tests": ["tests/test_a.py::test_a", *one["tests"]]},
        newer,
    ]
    assert [one["document"] for one in content["documents"]] == ["openapi.yaml"]


TESTS = f"""
    from tests.outside.evidence import CallCounter, Tool
    from tests.live_server import served
    from tests.outside.test_evidence import CLIENT, ORTTO, VOYADO, Caller
    from mockserver.client import Control

    STORES = "/api/v3/stores"

    @pytest.mark.parametrize("path", [{VOYADO!r}, STORES, {ORTTO!r}])
    def test_it(evidence, path):
        counter = CallCounter()
        with served(observers=[counter]) as url:
            caller = Caller(Control(url).world("default"))
            with evidence.reached_by(CLIENT, counter):
                if path == {ORTTO!r}:
                    caller.call("ortto", "POST", path, json={{"limit": 1}})
                else:
                    caller.call("voyado", "GET", path)
        assert path != STORES
"""


def test_workers_write_one_file_of_the_tests_that_passed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "folder" / "evidence.json"
    monkeypatch.setenv("OUTSIDE_EVIDENCE", str(file))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    run(TESTS, "-p", "tests.outside.evidence_plugin", "-n", "2").assert_outcomes(passed=2, failed=1)
    content = json.loads(file.read_text(encoding="utf-8"))
    assert reached(content) == {
        ("ortto", "get_audiences"): {"200": 1},
        ("voyado", "list_target_audiences"): {"200": 1},
    }
    monkeypatch.delenv("OUTSIDE_EVIDENCE")
    file.unlink()
    run(TESTS, "-p", "tests.outside.evidence_plugin", "-k", "not stores").assert_outcomes(passed=2)
    assert not file.exists()


def complete() -> dict[str, Any]:
    """Content in which a client has called each vendor."""
    seen = {"tool": "a-client", "version": "1.0", "kind": "client", "statuses": {"200": 1}, "tests": [NODE]}
    operations = {
        "control": "list_vendors",
        "digitalaudience": "list_audiences",
        "fanfare": "list_audiences",
        "ortto": "get_audiences",
        "spotler": "get_contact",
        "voyado": "get_contact",
    }
    rows = [{"vendor": vendor, "operation": name, **seen} for vendor, name in operations.items()]
    return evidence.merge([{"operations": rows, "documents": []}])


def test_what_the_check_of_a_file_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (evidence.schema_violations(complete()), evidence.gaps(complete())) == ([], [])
    unknown, unreached, wrong = complete(), complete(), complete()
    unknown["operations"][0]["operation"] = "get_nothing"
    assert evidence.gaps(unknown) == ["control has no operation get_nothing"]
    unreached["operations"][-1]["kind"] = "fuzzer"
    assert evidence.gaps(unreached) == ["no client has called voyado"]
    wrong["operations"][0]["statuses"] = {"OK": 1}
    wrong["operations"][1]["kind"] = "browser"
    assert len(evidence.schema_violations(wrong)) == 2
    monkeypatch.setattr(ratchet, "committed", lambda _vendors: ratchet.witnesses(complete()))
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps(complete()), encoding="utf-8")
    assert evidence.main(str(file)) == 0
    printed = capsys.readouterr().out
    assert "\ncontrol: 1 of " in printed
    assert "     1  client  a-client 1.0\n" in printed
    file.write_text(json.dumps(unreached), encoding="utf-8")
    assert evidence.main(str(file)) == 1
    assert "\nno client has called voyado\n" in capsys.readouterr().out
    file.write_text(json.dumps(wrong), encoding="utf-8")
    assert (evidence.main(str(file)), capsys.readouterr().out.count("\n")) == (1, 2)
