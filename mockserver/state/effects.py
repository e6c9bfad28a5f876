"""Effects: what a call, a job or a stretch of time has changed, in the vendor's own nouns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from mockserver.call import EffectEntry, MemberChange
from mockserver.formats.bounded_text import json_excerpt
from mockserver.formats.diff_verdict import CHANGES as CHANGES
from mockserver.formats.diff_verdict import Counts as Counts
from mockserver.formats.json_pointer import MISSING, format_pointer, json_equal
from mockserver.state.change_log import Change, ChangeLog
from mockserver.state.collection_spec import CollectionSpec

MAX_COMPARED: Final = 5_000
_MAX_EFFECTS: Final = 50
_MAX_BYTES: Final = 32_000
_MAX_MEMBERS: Final = 50
_MAX_VALUE_LENGTH: Final = 1_000
_MAX_RECORD_LENGTH: Final = 8_000


class Difference(NamedTuple):
    """One record of a collection before and after: None where it does not exist."""

    spec: CollectionSpec
    id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def change(self) -> str:
        """The kind of change: added, updated or removed."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "updated"


def compare(spec: CollectionSpec, stored_id: str, change: Change) -> Difference | None:
    """The difference between a record's states; None if nothing that is shown differs."""
    before, after = change
    if before == after:
        return None
    shown_before = spec.show(stored_id, before.parent, before.body or b"null") if before else None
    shown_after = spec.show(stored_id, after.parent, after.body or b"null") if after else None
    if shown_before is not None and shown_after is not None and _same(shown_before, shown_after):
        return None
    return Difference(spec, spec.id(stored_id), shown_before, shown_after)


def _same(one: Any, other: Any) -> bool:
    """As `json_equal`, in a fifth of the time: a year of jobs changes thousands of records."""
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)


def summarize(
    log: ChangeLog, by_kind: Mapping[str, CollectionSpec], most: int = MAX_COMPARED
) -> tuple[list[Difference], Counts]:
    """The differences that a log holds, and their numbers.

    Records beyond `most` are only counted, as updated if anything that is stored differs: showing them
    takes long.
    """
    compared = [*differences(log, by_kind, most)]
    counts = count(compared)
    for (kind, _id), (before, after) in islice(log.changes.items(), most, None):
        if before != after:
            change = "added" if before is None else "removed" if after is None else "updated"
            add_counts(counts, {by_kind[kind].full_name: {change: 1}})
    return compared, counts


def differences(
    log: ChangeLog, by_kind: Mapping[str, CollectionSpec], most: int | None = None
) -> Iterator[Difference]:
    """The differences that a log holds, in its order; of its first `most` records."""
    for (kind, stored_id), change in islice(log.changes.items(), most):
        found = compare(by_kind[kind], stored_id, change)
        if found is not None:
            yield found


def count(found: Iterable[Difference]) -> Counts:
    """How many records of each collection changed, and how."""
    totals: dict[str, Counter[str]] = {}
    for one in found:
        totals.setdefault(one.spec.full_name, Counter())[one.change] += 1
    return {name: dict(sorted(totals[name].items())) for name in sorted(totals)}


def add_counts(totals: Counts, more: Counts) -> None:
    """Adds further counts to the totals."""
    for name, by_change in more.items():
        total = totals.setdefault(name, {})
        for change, number in by_change.items():
            total[change] = total.get(change, 0) + number


def describe_some(found: Iterable[Difference]) -> list[EffectEntry]:
    """The first differences as the journal shows them: as many as it keeps."""
    entries: list[EffectEntry] = []
    size = 0
    for one in islice(found, _MAX_EFFECTS):
        entries.append(describe(one))
        size += len(orjson.dumps(entries[-1]))
        if size > _MAX_BYTES:
            break
    return entries


def describe(found: Difference) -> EffectEntry:
    """The difference as the journal and the control API show it; long values are cut."""
    entry: EffectEntry = {
        "vendor": found.spec.vendor,
        "collection": found.spec.name,
        "id": found.id,
        "change": found.change,
    }
    if found.before is not None and found.after is not None:
        members = [*_changed_members(found.before, found.after, ())]
        entry["members"] = members[:_MAX_MEMBERS]
        if len(members) > _MAX_MEMBERS:
            entry["more_members"] = len(members) - _MAX_MEMBERS
    else:
        entry["record"] = _bounded(found.after if found.before is None else found.before, _MAX_RECORD_LENGTH)
    return entry


def _changed_members(before: Any, after: Any, place: tuple[str, ...]) -> Iterator[MemberChange]:
    """The members at any depth whose values differ; items of arrays are not compared one by one."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        if before is MISSING or after is MISSING or not json_equal(before, after):
            change: MemberChange = {"pointer": format_pointer(place)}
            if before is not MISSING:
                change["before"] = _bounded(before)
            if after is not MISSING:
                change["after"] = _bounded(after)
            yield change
        return
    for name in {**before, **after}:
        yield from _changed_members(before.get(name, MISSING), after.get(name, MISSING), (*place, name))


def _bounded(value: Any, most: int = _MAX_VALUE_LENGTH) -> Any:
    return value if len(orjson.dumps(value)) <= most else json_excerpt(value, most)
