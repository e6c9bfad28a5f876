"""The needs of clients: against what they look at, and how they fail without it."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.client import World
from mockserver.errors import NeedsUnknownError
from tests.clients.readers import READERS, AudienceKinds, Reader

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
        # All four changes find the same in twice the time.
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
    return lambda: (
        reader.run(),
        reader.send("list_consumers", "GET", f"/consumers?first={next(numbers) + 1}"),
    )


@pytest.mark.mockserver(people=5)
def test_needs_that_cannot_be_found_are_one_line(mockserver: World) -> None:
    reader = AudienceKinds(mockserver)
    with pytest.raises(NeedsUnknownError, match="takes 92 runs, more than 91; narrow it"):
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
