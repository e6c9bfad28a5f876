"""Traces of runs, by which those are known that have met something new."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from mockserver.call import Exchange
from mockserver.worst_day.run import Run

_MANY: Final = 3
"""The third repetition of an operation and those after it count as one."""


class Met(NamedTuple):
    """A call of a run: vendor, operation, the number of such calls so far, and whether a fault met it."""

    vendor: str | None
    operation: str | None
    number: int
    is_faulty: bool


def met_calls(exchanges: Sequence[Exchange]) -> list[Met]:
    """The calls of a run, in their order."""
    counts: Counter[tuple[str | None, str | None]] = Counter()
    found = []
    for exchange in exchanges:
        target = (exchange["vendor"], exchange["operation"])
        counts[target] += 1
        found.append(Met(*target, counts[target], exchange["fault"] is not None))
    return found


def features(run: Run) -> Iterator[object]:
    """The features of a run: operations with their answer and effect, what followed on what, the end."""
    before: object = None
    counts: Counter[object] = Counter()
    for exchange in run.exchanges:
        answer = _answer(exchange)
        counts[exchange["operation"]] += 1
        yield ("answer", *answer, min(counts[exchange["operation"]], _MANY))
        yield ("then", before, exchange["operation"])
        before = answer
    yield ("end", tuple(sorted(run.changes.items())))
    yield ("errors", _errors(run))


def aftermath(run: Run, call: int) -> object:
    """The calls after a call (from 1), and the effects of that call itself, whatever its answer was."""
    own = run.exchanges[call - 1 : call]
    return (
        tuple(_effects(one) for one in own),
        tuple(_answer(one) for one in run.exchanges[call:]),
        _errors(run),
    )


def _answer(exchange: Exchange) -> tuple[object, ...]:
    what = exchange["problem"] or exchange["reply"]["status"]
    return (exchange["vendor"], exchange["operation"], what, _effects(exchange))


def _effects(exchange: Exchange) -> object:
    return tuple(sorted((name, *counts) for name, counts in exchange["effect_counts"].items()))


def _errors(run: Run) -> object:
    return tuple(type(outcome.error).__name__ for outcome in run.outcomes)
