"""The page of what tests need: the members of each operation, and what becomes of the tests without them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from mockserver.formats.html_page import render, report_facts
from mockserver.needs.report import CHANGES, USED

_TEMPLATE: Final = Path(__file__).with_name("needs.html")

Members = Sequence[tuple[str, Mapping[str, Any]]]
"""Tests, each with a member of a reply that it got."""


class _Outcome(NamedTuple):
    text: str
    is_failure: bool


class _Needed(NamedTuple):
    pointer: str
    outcomes: Mapping[str, Sequence[_Outcome]]
    tests: Sequence[str]


class _Operation(NamedTuple):
    vendor: str
    name: str
    needed: Sequence[_Needed]
    others: Sequence[str]


def needs_page(tests: Sequence[Mapping[str, Any]], vendor: str | None = None) -> str:
    """A self-contained HTML page of the needs of tests; `vendor` leaves out those of others."""
    operations = [*_operations(tests, vendor)]
    needed = sum(len(one.needed) for one in operations)
    total = needed + sum(len(one.others) for one in operations)
    count = "1 test" if len(tests) == 1 else f"{len(tests)} tests"
    changes = [change for change in CHANGES if _is_tried(operations, change)]
    unread = {
        one for test in tests for one in test.get("unread", ()) if vendor in (None, one.partition(" ")[0])
    }
    return render(
        _TEMPLATE,
        title="Needs of the clients",
        facts=report_facts(),
        verdict=f"{needed} of {total} members are needed by {count}",
        changes=changes,
        operations=operations,
        unread=sorted(unread),
    )


def _operations(tests: Sequence[Mapping[str, Any]], vendor: str | None) -> Iterator[_Operation]:
    """The operations with members, each with those of all tests."""
    found: dict[tuple[str, str], dict[str, list[tuple[str, Mapping[str, Any]]]]] = {}
    for test in tests:
        for member in test["members"]:
            if vendor in (None, member["vendor"]):
                members = found.setdefault((member["vendor"], member["operation"]), {})
                members.setdefault(member["pointer"], []).append((test["test"], member))
    for (name, operation), members in found.items():
        used = [pointer for pointer, all_of_it in members.items() if any(one["used"] for _, one in all_of_it)]
        needed = [_needed(pointer, members[pointer]) for pointer in used]
        yield _Operation(name, operation, needed, [one for one in members if one not in used])


def _needed(pointer: str, members: Members) -> _Needed:
    outcomes: dict[str, list[_Outcome]] = {change: [] for change in CHANGES}
    for _test, member in members:
        for change, outcome in member["changes"].items():
            text = outcome.get("error") or outcome["outcome"]
            shown = _Outcome(text, outcome["outcome"] in USED)
            if shown not in outcomes[change]:
                outcomes[change].append(shown)
    return _Needed(pointer, outcomes, [test for test, member in members if member["used"]])


def _is_tried(operations: Sequence[_Operation], change: str) -> bool:
    return any(member.outcomes[change] for one in operations for member in one.needed)
