"""The worst day of a client: a search for the few events that together break an invariant.

`client/fault_search.py` makes the runs; here is what it needs for them: the events and their choice
(`frontier.py`), the turns of two functions (`turns.py`), invariants, claims, and the test that is printed.
"""

from mockserver.worst_day.claims import Claims
from mockserver.worst_day.invariants import (
    converges,
    nothing_doubled,
    nothing_if_raised,
    raised_or_done,
    same_result,
)
from mockserver.worst_day.run import Run

__all__ = [
    "Claims",
    "Run",
    "converges",
    "nothing_doubled",
    "nothing_if_raised",
    "raised_or_done",
    "same_result",
]
