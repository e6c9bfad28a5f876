"""The trials of members: the same outcomes as alone, in fewer runs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import pytest

from mockserver.formats.json_pointer import parse_pointer
from mockserver.needs.report import CHANGES, Outcome
from mockserver.needs.trials import Key, Trial, Trials, Verdict
from mockserver.state.response_mutation import Mutation, mutate

WIDE = {"id": "7", "total": 3, "pages": 3, "meta": {"city": {"name": "x"}, "tags": ["a"]}, "error": None}
REPLY: dict[str, Any] = {**WIDE, **{f"spare{number}": number for number in range(60)}}


def keys(value: Mapping[str, Any], place: str = "") -> list[Key]:
    """The members of a reply, outer ones first."""
    found = []
    for name, member in value.items():
        found.append(("shop", "get", f"{place}/{name}"))
        if isinstance(member, dict):
            found += keys(member, f"{place}/{name}")
    return found


def find(
    client: Callable[[Any], object], changes: Sequence[str] = CHANGES
) -> tuple[Trials, dict[str, dict[str, str]]]:
    """The outcomes of a client that gets the reply, by member and change."""
    expected = client(REPLY)

    def run(trials: Sequence[Trial]) -> Verdict:
        change = trials[0].change
        mutations = [Mutation(one.member[2], one.change) for one in trials]
        try:
            result = client(orjson.loads(mutate(orjson.dumps(REPLY), mutations)[0]))
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            return Verdict(Outcome(change, "raised", str(error)))
        return Verdict(Outcome(change, "same" if result == expected else "wrong"))

    trials = Trials(changes, run)
    found = trials.find(keys(REPLY))
    return trials, {key[2]: {one.change: one.outcome for one in outcomes} for key, outcomes in found.items()}


CLIENTS: dict[str, tuple[Callable[[Any], object], set[str]]] = {
    "one": (lambda reply: int(reply["id"]), {"/id"}),
    "deep": (lambda reply: reply["meta"]["city"]["name"], {"/meta", "/meta/city", "/meta/city/name"}),
    "equal": (lambda reply: reply.get("total") == reply.get("pages"), {"/total", "/pages"}),
    "optional": (lambda reply: "tags" in (reply.get("meta") or {"tags": 1}), {"/meta", "/meta/tags"}),
    "either": (lambda reply: reply.get("id") or reply["pages"], {"/id"}),
    "counts": (lambda reply: [reply[f"spare{one}"] + 1 for one in (3, 30, 31, 59)],
               {"/spare3", "/spare30", "/spare31", "/spare59"}),
    "nothing": (lambda _reply: 1, set()),
}  # fmt: skip


@pytest.mark.parametrize("name", CLIENTS)
def test_the_members_that_matter_are_found_in_fewer_runs(name: str) -> None:
    client, needed = CLIENTS[name]
    trials, outcomes = find(client)
    found = {pointer for pointer, one in outcomes.items() if {*one.values()} != {"same"}}
    assert found == needed
    assert all([*one] == [*CHANGES] for one in outcomes.values())
    alone = len(outcomes) * len(CHANGES)
    assert trials.runs <= 4 * max(len(parse_pointer(one)) for one in outcomes) + 14 * len(needed) < alone


def test_each_change_of_a_needed_member_is_tried() -> None:
    _, outcomes = find(lambda reply: (reply["error"] or {}).get("code"))
    assert outcomes["/error"] == {
        "removed": "raised", "nulled": "same", "renamed": "raised", "retyped": "same",
    }  # fmt: skip


def test_members_of_an_object_are_tried_if_its_type_was_not() -> None:
    """Without the object this client does well, and still reads what is in it."""
    _, outcomes = find(lambda reply: reply["meta"]["city"]["name"] if "meta" in reply else "x", ["removed"])
    assert [one for one, how in outcomes.items() if how != {"removed": "same"}] == [
        "/meta/city",
        "/meta/city/name",
    ]


def test_a_member_that_no_reply_can_have_has_no_outcomes() -> None:
    def run(trials: Sequence[Trial]) -> Verdict | None:
        return None if any("a" in one.member[2] for one in trials) else Verdict(Outcome("", "same"))

    found = Trials(CHANGES, run).find([("shop", "get", "/a"), ("shop", "get", "/b")])
    assert [len(one) for one in found.values()] == [0, 4]


def test_a_member_of_an_operation_that_was_not_called_is_missed() -> None:
    def run(trials: Sequence[Trial]) -> Verdict:
        missed = frozenset(one.member for one in trials if one.member[2] == "/a")
        outcome = "missed" if len(missed) == len(trials) else "same"
        return Verdict(Outcome(trials[0].change, outcome), missed)

    found = Trials(("removed",), run).find([("shop", "get", "/a"), ("shop", "get", "/b")])
    assert [[one.outcome for one in outcomes] for outcomes in found.values()] == [["missed"], ["same"]]
