"""Invariants that hold for many clients; each raises AssertionError where a run breaks it."""

from collections.abc import Sequence
from typing import Final

from mockserver.worst_day.net_changes import NetChanges
from mockserver.worst_day.run import Run

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module
_MAX_TEXT: Final = 160
_MAX_LISTED: Final = 5


def raised_or_done(run: Run) -> None:
    """A function that returns has done all its work, as on a good day; otherwise it has to raise."""
    if not run.errors and all(run.changes != clean.changes for clean in run.clean):
        _fail("returned, but the end is not that of a good day", run.clean[0].changes, run.changes)


def nothing_doubled(run: Run) -> None:
    """No record is there twice, unless it is so on a good day; whether the function raised or not."""
    good: NetChanges = NetChanges()
    for clean in run.clean:
        good |= clean.changes
    doubled = {
        text: number
        for text, number in run.changes.items()
        if " added" in text and number > max(1, good[text])
    }
    if doubled:
        _fail("has doubled a record", good, run.changes)


def converges(run: Run) -> None:
    """After a run once more, without events, the end is that of a good day."""
    if any(run.changes == clean.changes for clean in run.clean):
        return
    second = run.again()
    if second.error is not None:
        raise AssertionError(f"a run after the bad day raises {type(second.error).__name__}: {second.error}")
    good = [end for clean in run.clean for end in (clean.changes, clean.again().changes)]
    if second.changes not in good:
        _fail("does not come to the end of a good day, even in another run", good[0], second.changes)


def same_result(run: Run) -> None:
    """A function that returns gives the result of a good day."""
    if run.errors or any(run.results == clean.results for clean in run.clean):
        return
    good, bad = (_shorten(repr(one)) for one in (run.clean[0].results, run.results))
    raise AssertionError(f"returned {bad} instead of {good}")


def nothing_if_raised(run: Run) -> None:
    """A function that raises has changed nothing: it does all or nothing."""
    if run.errors and run.changes:
        _fail("raised, but something has changed", NetChanges(), run.changes)


def _fail(what: str, good: NetChanges, bad: NetChanges) -> None:
    lines = [what, *_listed("missing", good - bad), *_listed("too much", bad - good)]
    raise AssertionError("\n".join(lines))


def _listed(word: str, changes: NetChanges) -> Sequence[str]:
    texts = [
        f"  {word}: {f'{number} × ' if number > 1 else ''}{_shorten(text)}"
        for text, number in changes.items()
    ]
    more = [f"  {word}: {len(texts) - _MAX_LISTED} more"] if len(texts) > _MAX_LISTED else []
    return [*texts[:_MAX_LISTED], *more]


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"
