"""The verdict of an assertion on what has changed, and the words that explain a failed one."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.call import EffectEntry, MemberChange

CHANGES: Final = ("added", "updated", "removed")
"""The kinds of change."""

Counts = dict[str, dict[str, int]]
"""The number of records by full name of the collection and kind of change."""

_MAX_LISTED: Final = 20
_MAX_MEMBERS: Final = 5
_MAX_LENGTH: Final = 120


def judge(wanted: Mapping[str, Any], counts: Counts, entries: Sequence[EffectEntry]) -> str | None:
    """None if the changes are as wanted, else the explanation.

    `only`: exactly these numbers by change and collection, and no other change at all; a number, or
    `{at_least, at_most}`. `none`: no change of these collections or vendors. `entries` are the first changes.
    """
    lines: list[str] = []
    if "only" in wanted:
        only = wanted["only"]
        lines += _wrong_numbers(only, counts, entries)
        lines += _listed(
            "not expected", counts, entries, lambda name, change: name not in only.get(change, {})
        )
    for name in wanted.get("none", ()):
        lines += _listed(f"expected no change of {name}", counts, entries, _is_within(name))
    return "\n".join(lines) or None


def _is_within(name: str) -> Callable[[str, str], bool]:
    return lambda collection, _change: name in (collection, collection.partition(".")[0])


def _wrong_numbers(
    only: Mapping[str, Mapping[str, Any]], counts: Counts, entries: Sequence[EffectEntry]
) -> Iterator[str]:
    """The numbers that are wrong, each with the changes that were counted."""
    for change in CHANGES:
        for name, expected in only.get(change, {}).items():
            number = counts.get(name, {}).get(change, 0)
            low, high = _range(expected)
            if not low <= number <= high:
                title = f"expected {_in_words(low, high)} {change} in {name}, found {number}"
                found = _listed(title, counts, entries, lambda *one: one == (name, change))  # noqa: B023
                yield from found if number else (title,)


def _range(expected: int | Mapping[str, int]) -> tuple[float, float]:
    if isinstance(expected, int):
        return expected, expected
    return expected.get("at_least", 0), expected.get("at_most", float("inf"))


def _in_words(low: float, high: float) -> str:
    if low == high:
        return f"{low}"
    if high == float("inf"):
        return f"at least {low}"
    return f"{low} to {high}" if low else f"at most {high}"


def _listed(
    title: str, counts: Counts, entries: Sequence[EffectEntry], is_wrong: Callable[[str, str], bool]
) -> Iterator[str]:
    """The changes that are wrong, by the name of the collection and the kind of change."""
    number = sum(
        count
        for name, by_change in counts.items()
        for change, count in by_change.items()
        if is_wrong(name, change)
    )
    if not number:
        return
    yield f"{title}:"
    wrong = [one for one in entries if is_wrong(f"{one['vendor']}.{one['collection']}", one["change"])]
    shown = wrong[:_MAX_LISTED]
    for entry in shown:
        yield f"  {in_words(entry)}"
    if number > len(shown):
        yield f"  … and {number - len(shown)} more"


def in_words(entry: EffectEntry) -> str:
    """One effect on one line: `vendor.people 17 updated: /city "Lund" → "Malmö"`."""
    line = f"{entry['vendor']}.{entry['collection']} {entry['id']} {entry['change']}"
    members = entry.get("members", [])
    if not members:
        return line
    shown = ", ".join(_member_in_words(one) for one in members[:_MAX_MEMBERS])
    more = len(members) - _MAX_MEMBERS + entry.get("more_members", 0)
    return f"{line}: {shown}" + (f", … and {more} more members" if more > 0 else "")


def _member_in_words(member: MemberChange) -> str:
    return f"{member['pointer']} {_value(member, 'before')} → {_value(member, 'after')}"


def _value(member: Mapping[str, Any], side: str) -> str:
    if side not in member:
        return "(absent)"
    text = json.dumps(member[side], ensure_ascii=False)
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}…"
