"""The net changes by the calls of a run, in a form that is equal for runs that did the same.

Ids of new records, moments, and the identifiers and dates that no call has sent differ from run to run: names
replace them. What jobs changed does not count.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from mockserver.call import EffectEntry, Exchange
from mockserver.formats.json_pointer import parse_pointer

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_IDENTIFIER: Final = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}")
_IDENTIFIER_MEMBER: Final = re.compile(r"(?:^|[/_-])(?:id|number)$|I[dD]$|Number$")
_EPOCH: Final = range(1_500_000_000, 2_600_000_000)
"""Numbers in it, or a thousand times it, are moments: seconds or milliseconds since 1970."""
_WORD: Final = re.compile(r"[\w-]+")
_A_MOMENT: Final = "<moment>"
_A_DATE: Final = "<date>"
_Key = tuple[str, str, str]

NetChanges = Counter[str]
"""The changes, each as text with its number: `vendor.people added {…}`."""


class _Record:
    """One record with what became of it."""

    def __init__(self) -> None:
        self.change = "updated"
        self.record: Any = None
        self.members: dict[str, tuple[Any, Any]] = {}

    def take(self, effect: EffectEntry) -> None:
        """Takes one effect of a call."""
        if effect["change"] == "added":
            self.change, self.record = "added", deepcopy(effect.get("record"))
        elif effect["change"] == "removed":
            self.change = "none" if self.change == "added" else "removed"
        for member in effect.get("members", ()):
            before, after = member.get("before"), member.get("after")
            if self.change == "added":
                _set(self.record, parse_pointer(member["pointer"]), after)
            else:
                self.members[member["pointer"]] = (
                    self.members.get(member["pointer"], (before, None))[0],
                    after,
                )

    def value(self) -> Any:
        """The difference in the end."""
        if self.change == "updated":
            return {
                pointer: after
                for pointer, (before, after) in self.members.items()
                if before != after and not (_is_moment(before) and _is_moment(after))
            }
        return self.record if self.change == "added" else True


def net_changes(exchanges: Iterable[Exchange]) -> NetChanges:
    """The changes that are left after these calls."""
    records: dict[_Key, _Record] = {}
    more: Counter[str] = Counter()
    sent: set[str] = set()
    for exchange in exchanges:
        sent.update(*map(_WORD.findall, (exchange["call"]["url"], exchange["call"]["body"])))
        for effect in exchange["effects"]:
            key = (effect["vendor"], effect["collection"], effect["id"])
            records.setdefault(key, _Record()).take(effect)
        more += _left_out(exchange)
    names = _made(records, sent)
    names |= {key[2]: f"<{key[1]}>" for key, one in records.items() if one.change == "added"}
    found = NetChanges(more)
    for (vendor, collection, id), one in records.items():
        value = one.value()
        if one.change == "none" or not value:
            continue
        text = json.dumps(_plain(value, names), sort_keys=True, ensure_ascii=False)
        which = "" if one.change == "added" else f" {id}"
        found[f"{vendor}.{collection} {one.change}{which} {text}"] += 1
    return found


def _left_out(exchange: Exchange) -> Counter[str]:
    """The effects beyond those that an exchange lists, by collection and change."""
    counts = {
        f"{collection} {change}": number
        for collection, changes in exchange["effect_counts"].items()
        for change, number in changes.items()
    }
    listed = Counter(f"{one['vendor']}.{one['collection']} {one['change']}" for one in exchange["effects"])
    return Counter(counts) - listed


def _made(records: Mapping[_Key, _Record], sent: set[str]) -> dict[str, str]:
    """Names for the identifiers and dates that the vendor has made, since no call has sent them."""
    return {
        text: name
        for (_, collection, _), record in records.items()
        for member, text in _leaves(record.value())
        if text not in sent and (name := _name(collection, member, text))
    }


def _name(collection: str, member: str, text: str) -> str | None:
    """The name of an identifier or a date; None for anything else."""
    if _DATE.fullmatch(text):
        return _A_DATE
    is_identifier = _IDENTIFIER.fullmatch(text) or (text.isdecimal() and _IDENTIFIER_MEMBER.search(member))
    return f"<{collection} {member}>" if is_identifier else None


def _leaves(value: Any, member: str = "") -> Iterator[tuple[str, str]]:
    """Each text and integer with the name of its member."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, member)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield member, str(value)


def _plain(value: Any, names: Mapping[str, str]) -> Any:
    """The value with names in place of moments and of what the vendor has made."""
    if isinstance(value, dict):
        return {name: _plain(one, names) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, names) for one in value]
    if isinstance(value, str | int) and not isinstance(value, bool):
        return names.get(str(value)) or (_A_MOMENT if _is_moment(value) else value)
    return value


def _is_moment(value: Any) -> bool:
    if isinstance(value, str):
        return _MOMENT.match(value) is not None
    return isinstance(value, int) and (value in _EPOCH or value // 1000 in _EPOCH)


def _set(record: Any, tokens: list[str] | tuple[str, ...], value: Any) -> None:
    """Sets a member of a record, where the record has such a place."""
    for token in tokens[:-1]:
        record = record.get(token) if isinstance(record, dict) else None
    if isinstance(record, dict) and tokens:
        record[tokens[-1]] = value
