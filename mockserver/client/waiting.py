"""Waiting, in real time, until the calls of an asynchronous client are as expected.

The client asks again instead of letting the server wait: a waiting call would hold a thread of the server, or
its event loop, and the journal of a store that several servers share has no signal that all of them see.
"""

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Final

from mockserver.assertions.expectation import Expectation, ExpectedCalls
from mockserver.assertions.verdict import Verdict
from mockserver.client.coroutines import is_in_event_loop
from mockserver.formats.durations import to_seconds

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module
_MAX_SECONDS: Final = 600.0
_FIRST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 0.25
_BLOCKED_LOOP: Final = (
    "the event loop of this test stood still while it waited; wait beside it: "
    "await asyncio.to_thread(lambda: mockserver.journal.assert_called(…, within=…))"
)


def wait_for(
    judge: Callable[[], Verdict], expectation: Expectation, within: timedelta | float | str | None
) -> Verdict:
    """The first verdict that passes or that no further call can change, or the last one before time is up.

    Raises ValueError for a duration below 0 or above 600 seconds.
    """
    seconds = 0.0 if within is None else to_seconds(within)
    if not 0 <= seconds <= _MAX_SECONDS:
        raise ValueError(f"within={within!r} is not between 0 and {_MAX_SECONDS:.0f} seconds")
    # The pauses are added up: tests often replace or freeze the clocks of the time module.
    never, waited, pause = Event(), 0.0, _FIRST_PAUSE
    verdict = judge()
    while not verdict.passed and waited < seconds and not _is_final(expectation, verdict):
        pause = min(pause, seconds - waited)
        never.wait(pause)
        waited, pause = waited + pause, min(pause * 1.5, _LONGEST_PAUSE)
        verdict = judge()
    if verdict.message is not None and waited and is_in_event_loop():
        return Verdict(verdict.matching, f"{verdict.message}\n\n  {_BLOCKED_LOOP}")
    return verdict


def _is_final(expectation: Expectation, verdict: Verdict) -> bool:
    return isinstance(expectation, ExpectedCalls) and expectation.count.is_exceeded(len(verdict.matching))
