"""Messages of the journal's assertions: what was expected, the nearest exchanges, and how they differ."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Final

from mockserver.call import Exchange
from mockserver.client import exchange_format
from mockserver.client.matchers import ExpectedCall
from mockserver.formats.sanitize import escape

_MAX_NEAREST: Final = 3
_MAX_LISTED: Final = 12
_MAX_DIFFERENCES: Final = 6

ExpectedStep = tuple[str, str, ExpectedCall]
"""Vendor, operation, and what is expected of the call."""


def wrong_count_message(
    step: ExpectedStep, times: int | None, matching: Sequence[Exchange], journal: Iterable[Exchange]
) -> str:
    """The message of `assert_called`: the step was not called `times` (None: at least once).

    `matching` are the exchanges of the journal that are as expected.
    """
    vendor, operation, expected = step
    wanted = "a call" if times is None else "1 call" if times == 1 else f"{times} calls"
    rows = [f"expected {wanted} of {_describe(*step)}, found {len(matching) or 'none'}"]
    rows += _list_exchanges("as expected:", matching)
    if len(matching) >= (times or 1):
        return "\n".join(rows)
    numbers = {exchange["number"] for exchange in matching}
    others = [exchange for exchange in journal if exchange["number"] not in numbers]
    same_operation = _calls_of(vendor, operation, others)
    rows += _list_nearest(same_operation, expected)
    if not matching and not same_operation:
        candidates = _likely_first(vendor, operation, others)
        rows += _list_exchanges("it was never called, but:", candidates, "nothing was called")
    return "\n".join(rows)


def unexpected_call_message(
    vendor: str | None, operation: str | None, expected: ExpectedCall, matching: Sequence[Exchange]
) -> str:
    """The message of `assert_not_called`: `matching` are the calls that should not have been made."""
    head = f"expected no call of {_describe(vendor, operation, expected)}, found {len(matching)}"
    return "\n".join([head, *_list_exchanges("", matching)])


def wrong_order_message(
    steps: Sequence[ExpectedStep], matched: Sequence[Exchange], journal: Sequence[Exchange]
) -> str:
    """The message of `assert_order`; `matched` are the calls of the first steps, the next one is missing."""
    rows = ["expected these calls in this order:"]
    states = [*(f"found as #{exchange['number']}" for exchange in matched), "missing"]
    for state, step in zip_longest(states, steps, fillvalue=""):
        rows.append(f"    {state:<14}{_describe(*step)}")
    vendor, operation, expected = steps[len(matched)]
    after = matched[-1]["number"] if matched else 0
    later = [one for one in _calls_of(vendor, operation, journal) if one["number"] > after]
    rows += _list_nearest(later, expected)
    return "\n".join([*rows, *_list_exchanges("what was called:", journal, "nothing was called")])


def _calls_of(vendor: str, operation: str, exchanges: Iterable[Exchange]) -> list[Exchange]:
    return [one for one in exchanges if (one["vendor"], one["operation"]) == (vendor, operation)]


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


def _describe(vendor: str | None, operation: str | None, expected: ExpectedCall) -> str:
    name = " ".join(filter(None, [vendor, operation])) or "anything"
    return f"{name} with {expected}" if str(expected) else name


def _likely_first(vendor: str, operation: str, exchanges: Iterable[Exchange]) -> list[Exchange]:
    """The exchanges by likelihood that the operation was meant: similar wrong paths, then its vendor's calls,
    then the others.
    """

    def distance(exchange: Exchange) -> tuple[bool, bool]:
        is_similar = f"({operation})" in (exchange["nearest"] or "")
        return not is_similar, exchange["vendor"] != vendor

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
