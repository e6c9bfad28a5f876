"""What is said where the journal is not as a test expects: the nearest exchanges, and what differs."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Final

from mockserver.call import Exchange
from mockserver.client import exchange_format
from mockserver.client.matchers import Expected
from mockserver.formats.sanitize import escape

_NEAREST: Final = 3
_LISTED: Final = 12
_DIFFERENCES: Final = 6

Step = tuple[str, str, Expected]


def miscounted(
    what: Step, times: int | None, found: Sequence[Exchange], exchanges: Iterable[Exchange]
) -> str:
    """That not so many `times` (None: at least once) as wanted was called what is expected.

    `found` are the calls that are as expected, `exchanges` the journal.
    """
    vendor, operation, expected = what
    wanted = "a call" if times is None else "1 call" if times == 1 else f"{times} calls"
    lines = [f"expected {wanted} of {_named(*what)}, found {len(found) or 'none'}"]
    lines += _list("as expected:", found)
    if len(found) >= (times or 1):
        return "\n".join(lines)
    others = [one for one in exchanges if one["number"] not in [same["number"] for same in found]]
    near = [one for one in others if (one["vendor"], one["operation"]) == (vendor, operation)]
    lines += _nearest(near, expected)
    if not found and not near:
        lines += _list("it was never called, but:", _likely(vendor, operation, others), "nothing was called")
    return "\n".join(lines)


def not_never(
    vendor: str | None, operation: str | None, expected: Expected, found: Sequence[Exchange]
) -> str:
    """That something was called that should not have been."""
    return "\n".join(
        [f"expected no call of {_named(vendor, operation, expected)}, found {len(found)}", *_list("", found)]
    )


def out_of_order(steps: Sequence[Step], met: Sequence[Exchange], exchanges: Sequence[Exchange]) -> str:
    """That the calls did not come in the order of the steps; `met` are the calls of the first of them."""
    lines = ["expected these calls in this order:"]
    fates = [*(f"met as #{one['number']}" for one in met), "missing"]
    for fate, step in zip_longest(fates, steps, fillvalue=""):
        lines.append(f"    {fate:<12}{_named(*step)}")
    vendor, operation, expected = steps[len(met)]
    after = met[-1]["number"] if met else 0
    near = [one for one in exchanges if (one["vendor"], one["operation"]) == (vendor, operation)]
    lines += _nearest([one for one in near if one["number"] > after], expected)
    return "\n".join([*lines, *_list("what was called:", exchanges, "nothing was called")])


def _nearest(exchanges: Iterable[Exchange], expected: Expected) -> Iterator[str]:
    """Those with the fewest differences, and which these are."""
    near = sorted(exchanges, key=lambda one: len(expected.differences(one)))
    if near:
        yield from ("", "  nearest:")
    for exchange in near[:_NEAREST]:
        differences = expected.differences(exchange)
        yield f"    {_line(exchange)}"
        yield from (f"        {escape(one)}" for one in differences[:_DIFFERENCES])
        if differences[_DIFFERENCES:]:
            yield f"        … and {len(differences) - _DIFFERENCES} more"


def _named(vendor: str | None, operation: str | None, expected: Expected) -> str:
    name = " ".join(filter(None, [vendor, operation])) or "anything"
    return f"{name} with {expected}" if str(expected) else name


def _likely(vendor: str, operation: str, exchanges: Iterable[Exchange]) -> list[Exchange]:
    """What may have been meant for the operation first: a wrong path that is like it, then its vendor's."""

    def distance(exchange: Exchange) -> tuple[bool, bool]:
        meant = f"({operation})" in (exchange["nearest"] or "")
        return not meant, exchange["vendor"] != vendor

    return sorted(exchanges, key=distance)


def _list(title: str, exchanges: Sequence[Exchange], none: str = "") -> Iterator[str]:
    if exchanges:
        yield from ("", f"  {title}") if title else ("",)
        yield from (f"    {_line(exchange)}" for exchange in exchanges[:_LISTED])
        if exchanges[_LISTED:]:
            yield f"    … and {len(exchanges) - _LISTED} more"
    elif none:
        yield from ("", f"  {none}")


def _line(exchange: Exchange) -> str:
    return "  ".join(
        [f"#{exchange['number']} {exchange_format.summary(exchange)}", *exchange_format.remarks(exchange)]
    )
