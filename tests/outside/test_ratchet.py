"""A lost or a new witness fails, in its test and in the run of all; an update makes it true."""

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.state.events import CallEvent
from mockserver.verify import evidence as committed_evidence
from tests.outside import ratchet
from tests.outside.evidence import CallCounter, Evidence, Tool, merge
from tests.outside.ratchet import Witness, check_test, committed, judge, witnesses

NODE = "tests/outside/test_ratchet.py::test_it"
CLIENT = Tool("a-client", "1.2", "client")
FUZZER = Tool("schemathesis", "4.4", "fuzzer")


def event(operation: str | None, status: int, problem: str | None = None) -> CallEvent:
    return CallEvent("GET", "/", status, 1, vendor="ortto", operation=operation, problem=problem)


def content(*calls: tuple[Tool, CallEvent]) -> dict[str, Any]:
    """The content of the evidence file after these calls, each by a tool."""
    counter, found = CallCounter(), Evidence(NODE)
    for tool, one in calls:
        with found.reached_by(tool, counter):
            counter.on_call(one)
            with counter.paused():
                counter.on_call(event("get_tags", 200))
    return merge([found.rows])


FIRST = (
    (CLIENT, event("get_audiences", 200)),
    (CLIENT, event("get_people", 400, "invalid")),
    (FUZZER, event("merge_people", 400, "invalid")),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ortto").mkdir()
    monkeypatch.setattr(committed_evidence, "contracts", lambda: tmp_path)
    ratchet.update(content(*FIRST))
    return tmp_path


def test_what_counts_as_a_witness(folder: Path) -> None:
    written = json.loads((folder / "ortto" / "evidence" / "tools.json").read_text(encoding="utf-8"))
    assert written == {
        "tools": {
            "a-client": {"kind": "client", "version": ""},
            "schemathesis": {"kind": "fuzzer", "version": ""},
        },
        "operations": {"get_audiences": ["a-client"], "merge_people": ["schemathesis"]},
        "problems": {"invalid": ["a-client"]},
        "documents": {},
    }


def test_a_lost_and_a_new_witness() -> None:
    known = committed(["ortto"])
    assert judge(content(*FIRST), ["ortto"]) == []
    assert judge(content(*FIRST[:2]), ["ortto"]) == [
        "a witness is lost: ortto: operation merge_people by schemathesis",
        ratchet.FIX,
    ]
    more = content(*FIRST, (CLIENT, event("get_tags", 200)))
    assert judge(more, ["ortto"])[0] == "a witness is new: ortto: operation get_tags by a-client"
    assert "--update" in judge(more, ["ortto"])[1]
    read = {"vendor": "ortto", "document": "openapi.yaml", "tool": "a-client", "kind": "linter"}
    ratchet.update({"operations": [], "documents": [read]})
    assert committed(["ortto"]) == known | {Witness("ortto", "documents", "openapi.yaml", "a-client")}
    ratchet.update({"operations": [], "documents": [{**read, "document": "backstage.yaml"}]})
    known = witnesses(content(*FIRST)) | {Witness("ortto", "documents", "backstage.yaml", "a-client")}
    assert committed(["ortto"]) == known
    ratchet.update(content((CLIENT, event("get_tags", 200))))
    assert committed(["ortto"]) - known == {Witness("ortto", "operations", "get_tags", "a-client")}
    assert {one.name for one in known - committed(["ortto"])} == {"get_audiences", "invalid"}


def test_a_test_is_compared_by_its_own_tool_only() -> None:
    check_test(content(*FIRST[:2]))
    check_test(content(FIRST[2]))
    with pytest.raises(AssertionError, match="a witness is lost: ortto: problem invalid by a-client"):
        check_test(content(FIRST[0]))
    counter, found = CallCounter(), Evidence(NODE, check_test)
    with pytest.raises(AssertionError, match="a witness is new: ortto: operation get_tags"):  # noqa: SIM117
        with found.reached_by(CLIENT, counter):
            counter.on_call(event("get_tags", 200))


def test_the_version_that_is_asked_for() -> None:
    assert ratchet.asked_version("@stoplight/prism-cli") == "5"
    assert ratchet.asked_version("openapi-typescript") == "7.13"
    assert ratchet.asked_version("voyado-engage-client") == "1.0.0"
    assert ratchet.asked_version("oauthlib") == ""


def test_only_one_vendor_counts_if_a_tool_makes_the_server_call_others() -> None:
    counter, found = CallCounter(), Evidence(NODE)
    with found.reached_by(CLIENT, counter, only="control"):
        counter.on_call(event("get_tags", 400, "invalid"))
        counter.on_call(CallEvent("GET", "/", 200, 1, vendor="control", operation="list_vendors"))
    assert {one.vendor for one in witnesses(found.rows)} == {"control"}
