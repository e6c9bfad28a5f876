"""The needs of clients: against what they look at, and how they fail without it."""

import secrets
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from mockserver.client import World
from mockserver.errors import NeedsUnknownError
from tests.clients.readers import READERS, AudienceKinds, PeopleOfOrtto, Reader

PRECISION = RECALL = 0.95


@pytest.mark.mockserver(people=20, strict=True)
def test_needs_are_what_clients_look_at(mockserver: World) -> None:
    right = found = truth = 0
    assert READERS
    for make in READERS:
        reader = make(mockserver)
        reader.run()
        looked_at = {(operation, one) for operation, seen in reader.seen.items() for one in seen}
        mockserver.reset()
        # All four changes find the same.
        needs = mockserver.needs(reader.run, changes=("removed", "retyped"))
        existing = {(one.operation, one.pointer) for one in needs.members}
        used = {(one.operation, one.pointer) for one in needs.used}
        assert looked_at
        assert needs.unused
        right += len(used & looked_at)
        found += len(used)
        truth += len(looked_at & existing)
    assert right >= RECALL * truth
    assert right >= PRECISION * found


@pytest.mark.mockserver(people=5)
def test_a_report_says_how_the_client_fails(mockserver: World) -> None:
    mockserver.faults.add("ortto", None, "garbage")
    before = mockserver.state_hash(), mockserver.clock.read().mode, mockserver.faults.read()
    needs = mockserver.needs(AudienceKinds(mockserver).run, test="kinds")
    assert (mockserver.state_hash(), mockserver.clock.read().mode, mockserver.faults.read()) == before
    assert (mockserver.snapshots(), mockserver.journal()) == ([], [])
    assert needs.pointers("fanfare", "list_audiences") == ["/*/name", "/*/type", "/*/archived"]
    outcomes = {one.pointer: {how.change: how for how in one.outcomes} for one in needs.members}
    removed = outcomes["/*/name"]["removed"]
    assert removed.outcome == "raised"
    assert removed.error.startswith("KeyError: 'name' at readers.py:")
    assert outcomes["/*/archived"]["nulled"].outcome == "same"
    assert outcomes["/*/archived"]["retyped"].outcome == "wrong"
    assert {how.outcome for how in outcomes["/*/description"].values()} == {"same"}
    head, columns, *rows = str(needs).splitlines()
    assert head == f"3 of {len(needs.members)} members are needed ({needs.runs} runs)"
    assert columns.split() == ["member", "removed", "nulled", "renamed", "retyped"]
    assert rows[0].startswith("fanfare list_audiences /*/name ")
    assert rows[-1] == f"not needed of fanfare list_audiences: {len(needs.unused)} members"
    report = needs.as_json()
    assert (report["test"], report["compared"]) == ("kinds", ["result", "calls"])
    assert [(one["operation"], one["status"]) for one in report["calls"]] == [("list_audiences", 200)]
    with pytest.raises(AssertionError, match=r"also depends on /\*/name, /\*/archived of fanfare"):
        needs.assert_only("fanfare", "list_audiences", "/*/type")


def _changes(reader: Reader) -> Callable[[], Any]:
    numbers = iter(range(100))

    def run() -> Any:
        number = next(numbers)
        for _ in range(number + 1):
            reader.run()
        return number

    return run


class LongPage(PeopleOfOrtto):
    """Reads the first names of all people in one page, which is too long for the journal."""

    def run(self) -> Any:
        fields = (
            "str::first",
            "str::last",
            "str::email",
            "geo::city",
            "geo::country",
            "phn::phone",
            "str::postal",
        )
        page = self.send("get_people", "POST", "/v1/person/get", json={"limit": 500, "fields": fields})
        return [one["fields"].get("str::first") for one in page["contacts"]], page["has_more"]


@pytest.mark.mockserver(people=250)
def test_a_reply_that_is_too_long_for_the_journal(mockserver: World) -> None:
    needs = mockserver.needs(LongPage(mockserver).run, changes=("removed", "retyped"))
    (exchange,) = needs.exchanges
    assert "has_more" not in exchange["reply"]["body"]
    assert needs.pointers("ortto", "get_people") == [
        "/contacts",
        "/contacts/*/fields",
        "/contacts/*/fields/str::first",
        "/has_more",
    ]
    assert needs.unread == ()
    assert len(needs.as_json()["calls"][0]["reply"]["contacts"]) == 1


@pytest.mark.mockserver(people=5)
def test_what_varies_by_itself_is_left_out(mockserver: World) -> None:
    """A file name, a trace id and a number vary, and from the fourth run on the size of the page, too."""
    reader, runs = AudienceKinds(mockserver), count()

    def run() -> Any:
        number = next(runs)
        kinds = reader.run()
        query: dict[str, Any] = {"first": 1 + (number > 2), "trace": secrets.token_hex(4)}
        reader.session.get(f"{reader.url}/consumers", params=query, timeout=10)
        return {"kinds": kinds, "drawn": secrets.token_hex(4)}

    needs = mockserver.needs(run)
    assert needs.compared == ("result", "calls")
    assert needs.left_out == ("/calls/1/query/first/0", "/calls/1/query/trace/0", "/result/drawn")
    assert needs.pointers("fanfare", "list_audiences") == ["/*/name", "/*/type", "/*/archived"]
    assert needs.pointers("fanfare", "list_consumers") == []


@pytest.mark.mockserver(people=5)
def test_needs_that_cannot_be_found_are_one_line(mockserver: World) -> None:
    reader = AudienceKinds(mockserver)
    with pytest.raises(NeedsUnknownError, match="can take 92 runs, more than 91; narrow it"):
        mockserver.needs(reader.run, most=91)
    with pytest.raises(NeedsUnknownError, match="nothing to find: no reply with members matches"):
        mockserver.needs(lambda: None)
    with pytest.raises(NeedsUnknownError, match="two runs of the function differ without any change"):
        mockserver.needs(_changes(reader))
    with pytest.raises(NeedsUnknownError, match="unknown change 'lost'"):
        mockserver.needs(reader.run, changes=["lost"])
    with pytest.raises(ZeroDivisionError):
        mockserver.needs(lambda: 1 / 0)
    assert mockserver.snapshots() == []
