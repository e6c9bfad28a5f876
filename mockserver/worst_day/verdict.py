"""The verdict on one run: the first thing that is wrong with it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from mockserver.worst_day.claims import Claims
from mockserver.worst_day.run import Run

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module

Errors = type[BaseException] | tuple[type[BaseException], ...]
Invariant = Callable[[Run], object]
"""Raises AssertionError, or returns False, where a run breaks it."""


class Broken(NamedTuple):
    """The name of an invariant or claim that a run has broken, and in which way."""

    name: str
    message: str


def judge(run: Run, handles: Errors, invariants: Sequence[Invariant], claims: Claims | None) -> Broken | None:
    """The first thing that is wrong with the run; None if nothing is."""
    for error in run.errors:
        if isinstance(error, AssertionError) or not isinstance(error, handles):
            return Broken("unhandled", f"raised {type(error).__name__}: {error}")
    for invariant in invariants:
        message = _ask(invariant, run)
        if message is not None:
            return Broken(getattr(invariant, "__name__", type(invariant).__name__), message)
    if claims is not None:
        try:
            claims.assert_always()
        except AssertionError as error:
            return Broken("claims", str(error))
    return None


def _ask(invariant: Invariant, run: Run) -> str | None:
    try:
        answer = invariant(run)
    except AssertionError as error:
        return str(error) or "an assertion failed"
    return "is false" if answer is False else None
