"""Whether what concurrent callers saw can be explained by one call after the other.

The search of Wing and Gong, with the memory of Lowe: whoever came to the same calls done and the same state
before need not go on from there again.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

S = TypeVar("S", bound=Hashable)

Model = Callable[[S, Any], tuple[Any, S]]
"""What a call answers in a state, and the state after it."""


@dataclass(frozen=True)
class Event:
    """One call of a history: when it was sent and its answer was there, what it was, what it answered."""

    began: int
    ended: int
    call: Any
    answer: Any


def explained(history: Sequence[Event], start: S, model: Model[S]) -> list[Event] | None:
    """The calls in an order that gives every answer, in which no call goes before one that had ended when it
    began; None if there is no such order.
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
    """The calls that may come next: those that began before any other that is left had ended."""
    left = [number for number in range(len(history)) if not done >> number & 1]
    if not left:
        return iter(())
    first_end = min(history[number].ended for number in left)
    return iter([number for number in left if history[number].began <= first_end])
