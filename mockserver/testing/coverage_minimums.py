"""Minimums of coverage: `PERCENT` of everything, or `operations=PERCENT` of one kind of item."""

from collections.abc import Collection, Iterator, Mapping
from math import ceil
from types import MappingProxyType
from typing import Final

from mockserver.contract import coverage

_WAYS: Final = MappingProxyType(
    {
        "operation": "call {operation} successfully",
        "status": "make {operation} answer {name}",
        "problem": 'provoke {name}, or plan it: mockserver.faults.add("{vendor}", problem="{name}")',
        "parameter": "send {operation} its {name}",
        "page": "read the {name} page of {operation}",
    }
)
"""How an item of each kind is reached."""


def parse_minimum(text: str) -> tuple[str | None, float]:
    """The kind of item (None: all) and the percent. Raises `ValueError` with the ways to write it."""
    name, _, number = text.rpartition("=")
    kinds = {plural: kind for kind, plural in coverage.PLURALS.items()}
    try:
        percent = float(number)
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100 or (name and name not in kinds):
        known = ", ".join(f"{plural}=PERCENT" for plural in kinds)
        raise ValueError(f"{text!r}; use PERCENT (0 to 100), or {known}")
    return kinds.get(name), percent


def below(items: Collection[coverage.CoverageItem], minimums: Mapping[str | None, float]) -> Iterator[str]:
    """A message for each minimum that was not reached."""
    if minimums and not items:
        yield "no vendor was called, so nothing is covered"
        return
    for kind, minimum in minimums.items():
        percent = coverage.percent(items, kind)
        if percent < minimum:
            name = coverage.PLURALS[kind] if kind else "everything"
            yield (
                f"coverage of {name} is {percent:.2f} %, below the minimum of {minimum:g} %; "
                f"{_fix(items, kind, minimum)}"
            )


def _fix(items: Collection[coverage.CoverageItem], kind: str | None, minimum: float) -> str:
    """How many items are missing, how the first is reached, and how unused ones are left out."""
    counted = [one for one in items if kind in (None, one["kind"])]
    missing = [one for one in counted if not one["calls"]]
    needed = ceil(minimum * len(counted) / 100) - (len(counted) - len(missing))
    first = missing[0]
    way = _WAYS[first["kind"]].format_map(first)
    return f"reach {needed} more (first: {way}), or leave out what is not used with coverage-ignore"
