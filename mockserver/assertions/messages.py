"""Messages of failed assertions: what was expected, the nearest exchanges, and how they differ."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Final

from mockserver.assertions.expectation import Expectation, ExpectedCalls, Step
from mockserver.assertions.matchers import ExpectedCall
from mockserver.call import Exchange
from mockserver.formats import exchange_format
from mockserver.formats.sanitize import escape

_MAX_NEAREST: Final = 3
_MAX_LISTED: Final = 12
_MAX_DIFFERENCES: Final = 6


def incomplete_message(expectation: Expectation, dropped: int) -> str:
    """The message of an assertion over a journal that has dropped exchanges."""
    count = "1 exchange" if dropped == 1 else f"{dropped} exchanges"
    fix = "clear it before the calls that count, pass after=, or serve with a larger --max-journal"
    return (
        f"expected {expectation}, but the journal has dropped {count} that this is about, the oldest; {fix}"
    )


def wrong_count_message(
    expected: ExpectedCalls, matching: Sequence[Exchange], journal: Iterable[Exchange]
) -> str:
    """The message for another number of calls than expected; `matching` are those that match."""
    step, count = expected.step, expected.count
    rows = [f"expected {expected}, found {len(matching) or 'none'}"]
    rows += _list_exchanges("as expected:", matching)
    if count.is_exceeded(len(matching)):
        return "\n".join(rows)
    numbers = {exchange["number"] for exchange in matching}
    others = [exchange for exchange in journal if exchange["number"] not in numbers]
    same_operation = [exchange for exchange in others if step.is_of_operation(exchange)]
    rows += _list_nearest(same_operation, step.call)
    if not matching and not same_operation:
        rows += _list_exchanges(
            "it was never called, but:", _likely_first(step, others), "nothing was called"
        )
    return "\n".join(rows)


def unexpected_call_message(expected: ExpectedCalls, matching: Sequence[Exchange]) -> str:
    """The message for calls that should not have been made."""
    return "\n".join([f"expected {expected}, found {len(matching)}", *_list_exchanges("", matching)])


def wrong_order_message(
    steps: Sequence[Step], matched: Sequence[Exchange], journal: Sequence[Exchange]
) -> str:
    """The message for a missing step; `matched` are the calls of the first steps, the next one is missing."""
    rows = ["expected these calls in this order:"]
    states = [*(f"found as #{exchange['number']}" for exchange in matched), "missing"]
    for state, step in zip_longest(states, steps, fillvalue=""):
        rows.append(f"    {state:<14}{step}")
    missing = steps[len(matched)]
    after = matched[-1]["number"] if matched else 0
    later = [one for one in journal if missing.is_of_operation(one) and one["number"] > after]
    rows += _list_nearest(later, missing.call)
    return "\n".join([*rows, *_list_exchanges("what was called:", journal, "nothing was called")])


def _list_nearest(exchanges: Iterable[Exchange], expected: ExpectedCall) -> Iterator[str]:
    """The exchanges with the fewest differences, each with its differences."""
    nearest = sorted(exchanges, key=lambda exchange: len(expected.differences(exchange)))
    if nearest:
        yield from ("", "  nearest:")
    for exchange in nearest[:_MAX_NEAREST]:
        differences = expected.differences(exchange)
        yield f"    {_format_row(exchange)}"
        yield from (f"        {escape(difference)}" for difference in differences[:_MAX_DIFFERENCES])
        if differences[_MAX_DIFFERENCES:]:
            yield f"        … and {len(differences) - _MAX_DIFFERENCES} more"


def _likely_first(step: Step, exchanges: Iterable[Exchange]) -> list[Exchange]:
    """The exchanges by likelihood that the operation was meant: similar wrong paths, then its vendor's calls,
    then the others.
    """

    def distance(exchange: Exchange) -> tuple[bool, bool]:
        is_similar = f"({step.operation})" in (exchange["nearest"] or "")
        return not is_similar, exchange["vendor"] != step.vendor

    return sorted(exchanges, key=distance)


def _list_exchanges(title: str, exchanges: Sequence[Exchange], if_empty: str = "") -> Iterator[str]:
    if exchanges:
        yield from ("", f"  {title}") if title else ("",)
        yield from (f"    {_format_row(exchange)}" for exchange in exchanges[:_MAX_LISTED])
        if exchanges[_MAX_LISTED:]:
            yield f"    … and {len(exchanges) - _MAX_LISTED} more"
    elif if_empty:
        yield from ("", f"  {if_empty}")


def _format_row(exchange: Exchange) -> str:
    summary = exchange_format.format_summary(exchange)
    return "  ".join([f"#{exchange['number']} {summary}", *exchange_format.format_remarks(exchange)])
