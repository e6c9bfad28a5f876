"""A linearizability checker: can a concurrent history be explained by a sequential order of its calls?

The search of Wing and Gong with Lowe's memoization: a pair of completed calls and state is visited only once.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

S = TypeVar("S", bound=Hashable)

Model = Callable[[S, Any], tuple[Any, S]]
"""Maps a state and a call to the reply and the next state."""


@dataclass(frozen=True)
class Event:
    """One call of a history with its start, its end and its answer."""

    began: int
    ended: int
    call: Any
    answer: Any


def linearize(history: Sequence[Event], start: S, model: Model[S]) -> list[Event] | None:
    """An order of the calls that gives every answer, and in which no call precedes one that ended before it
    began; None if there is none.
    """
    everything = (1 << len(history)) - 1
    failed: set[tuple[int, S]] = set()
    path: list[int] = []
    states = [start]
    done = 0
    options = [_next(history, 0)]
    while done != everything:
        chosen = next(options[-1], None)
        if chosen is None:
            failed.add((done, states.pop()))
            options.pop()
            if not path:
                return None
            done &= ~(1 << path.pop())
            continue
        answer, state = model(states[-1], history[chosen].call)
        after = done | 1 << chosen
        if answer == history[chosen].answer and (after, state) not in failed:
            path.append(chosen)
            states.append(state)
            done = after
            options.append(_next(history, done))
    return [history[number] for number in path]


def _next(history: Sequence[Event], done: int) -> Iterator[int]:
    """The calls that may come next: those that began before any other remaining call ended."""
    left = [number for number in range(len(history)) if not done >> number & 1]
    if not left:
        return iter(())
    first_end = min(history[number].ended for number in left)
    return iter([number for number in left if history[number].began <= first_end])
