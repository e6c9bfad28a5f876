"""The linearizability checker: accepts linearizable histories and finds planted violations."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.concurrency.linearizability import Event, linearize

Register = tuple[int, int]
EMPTY: frozenset[str] = frozenset()


def register(state: Register, call: Any) -> tuple[Any, Register]:
    """The model of two numbers that are written and read together."""
    if call == "read":
        return state, state
    return "written", (call, call)


def members(state: frozenset[str], call: tuple[str, str]) -> tuple[Any, frozenset[str]]:
    """The model of a set whose calls return whether it has grown, and its size."""
    verb, name = call
    if verb == "count":
        return len(state), state
    return name not in state, state | {name}


def event(began: int, ended: int, call: Any, answer: Any) -> Event:
    return Event(began, ended, call, answer)


def test_concurrent_calls_may_have_either_order() -> None:
    for value in (0, 1):
        history = [event(1, 4, 1, "written"), event(2, 3, "read", (value, value))]
        order = linearize(history, (0, 0), register)
        assert order is not None
        assert [one.call for one in order] == ([1, "read"] if value else ["read", 1])


def test_an_empty_history_is_linearizable() -> None:
    assert linearize([], (0, 0), register) == []


@pytest.mark.parametrize(
    "history",
    [
        pytest.param([event(1, 2, 1, "written"), event(3, 4, "read", (0, 0))], id="a stale read"),
        pytest.param([event(1, 2, "read", (1, 1)), event(3, 4, 1, "written")], id="a read of the future"),
        pytest.param([event(1, 4, 1, "written"), event(2, 3, "read", (1, 0))], id="a torn read"),
        pytest.param(
            [
                event(1, 9, 1, "written"),
                event(2, 3, "read", (1, 1)),
                event(4, 5, "read", (0, 0)),
            ],
            id="back in time",
        ),
        pytest.param(
            [
                event(1, 4, 1, "written"),
                event(2, 5, 2, "written"),
                event(6, 7, "read", (1, 1)),
                event(8, 9, "read", (2, 2)),
            ],
            id="two last writers",
        ),
    ],
)
def test_planted_violations_of_a_register(history: list[Event]) -> None:
    assert linearize(history, (0, 0), register) is None


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(
            [
                event(1, 4, ("add", "a"), True),
                event(2, 3, ("add", "b"), True),
                event(5, 6, ("count", ""), 1),
            ],
            id="a lost update",
        ),
        pytest.param(
            [event(1, 4, ("add", "a"), True), event(2, 3, ("add", "a"), True)], id="added twice, new twice"
        ),
        pytest.param([event(1, 4, ("add", "a"), False), event(2, 3, ("add", "a"), False)], id="never new"),
    ],
)
def test_planted_violations_of_a_set(history: list[Event]) -> None:
    assert linearize(history, EMPTY, members) is None


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Up to five calls at any times, with plausible answers."""
    events = []
    for _ in range(draw(st.integers(0, 5))):
        began = draw(st.integers(0, 12))
        ended = began + draw(st.integers(0, 8))
        call = draw(st.sampled_from(["read", "read", 1, 2]))
        pair = st.sampled_from([(0, 0), (1, 1), (2, 2), (1, 2)])
        events.append(event(began, ended, call, draw(pair) if call == "read" else "written"))
    return events


@given(histories())
def test_the_result_equals_trying_every_order(history: list[Event]) -> None:
    order = linearize(history, (0, 0), register)
    assert (order is not None) == any(_is_linearization(list(one)) for one in permutations(history))
    if order is not None:
        assert sorted(map(id, order)) == sorted(map(id, history))
        assert _is_linearization(order)


def _is_linearization(order: list[Event]) -> bool:
    state: Register = (0, 0)
    for number, one in enumerate(order):
        if any(later.ended < one.began for later in order[number:]):
            return False
        answer, state = register(state, one.call)
        if answer != one.answer:
            return False
    return True


def test_a_long_history_is_checked_quickly() -> None:
    # eleven concurrent callers: without memoization this would take 11! orders for each round
    history = []
    for turn in range(5):
        history += [
            event(turn * 100 + n, turn * 100 + 50 + n, ("add", f"{turn}/{n}"), True) for n in range(11)
        ]
        history.append(event(turn * 100 + 98, turn * 100 + 99, ("count", ""), 11 * (turn + 1)))
    assert linearize(history, EMPTY, members) is not None
    history[-1] = event(498, 499, ("count", ""), 54)
    assert linearize(history, EMPTY, members) is None
