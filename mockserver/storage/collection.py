"""The documents of one kind in one space of the store in memory, with their lists in order."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from typing import Final

from mockserver.storage.store import LazyBody, Row

Entry = tuple[int, str, str, bytes | LazyBody | None]
"""Rank, id, parent and body: entries of a list sort in its order. A plain tuple, since the garbage collector
stops tracking those, but never named ones.
"""

_new_tuple = tuple.__new__
_join = b"".join
_EMPTY: Final[Sequence[Entry]] = ()
_STEPS: Final = 20
"""The comparisons that find the place of one entry in a long list, roughly."""

_WALK = 64
"""The number of rows that a page skips one by one; beyond it, it jumps."""


class Overlap:
    """The number of a base's documents that a collection hides, by list; `size` is what the base had then."""

    __slots__ = ("base", "hidden", "size")

    def __init__(self, own: "Collection", base: "Collection") -> None:
        self.base: Collection = base
        self.size: int = len(base.documents)
        self.hidden: dict[str, int] = {}
        for id in own.documents:
            self.add(id, 1)

    def add(self, id: str, by: int) -> None:
        """Counts a document that is now hidden (1), or no longer (-1)."""
        below = self.base.documents.get(id)
        if below is not None and below[3] is not None:
            self.hidden[below[2]] = self.hidden.get(below[2], 0) + by


class Collection:
    """Documents by id, and sorted lists of the live ones and of the tombstones by parent.

    The lists are plain lists: appending is what happens, and inserting into 100,000 takes 20 microseconds.
    What does not belong at the end of a live list is put in its place when the list is read for the first
    time after it: many lists are only written. `entries` sees to that, and may run in one thread at a time.
    """

    __slots__ = ("_ids", "_overlap", "_sorted", "_stale", "documents", "live", "tombstones")

    def __init__(self) -> None:
        self._ids: list[str] | None = None  # in order, until one comes or goes
        self.documents: dict[str, Entry] = {}
        self.live: dict[str, list[Entry]] = {}
        self._sorted: dict[str, int] = {}  # how many at the start are in order, of lists that are not
        self._stale: set[str] = set()  # those of them with entries that were replaced since
        self.tombstones: dict[str, list[Entry]] = {}
        self._overlap: Overlap | None = None

    def copy(self) -> "Collection":
        """An independent copy; entries do not change and are shared."""
        copy = Collection()
        copy.documents = self.documents.copy()
        copy.live = {parent: entries.copy() for parent, entries in self.live.items()}
        copy._sorted, copy._stale = self._sorted.copy(), self._stale.copy()
        copy.tombstones = {parent: entries.copy() for parent, entries in self.tombstones.items()}
        return copy

    def set(self, id: str, new: Entry | None) -> Entry | None:
        """Inserts, replaces or (None) deletes a document; returns what was there."""
        old = self.documents.get(id)
        if old is not None:
            if new is not None and _same_place(old, new):
                self._replace(old, new)
                return old
            self._take_out(old)
        elif new is None:
            return None
        if new is None:
            del self.documents[id]
        else:
            self.documents[id] = new
            if new[3] is None:
                insort(self.tombstones.setdefault(new[2], []), new)
            elif new[2] not in self.live:
                self.live[new[2]] = [new]
            else:
                entries = self.live[new[2]]
                if new < entries[-1] and new[2] not in self._sorted:
                    self._sorted[new[2]] = len(entries)
                entries.append(new)
        if old is None or new is None:
            self._ids = None
            if self._overlap is not None:
                self._overlap.add(id, 1 if old is None else -1)
        return old

    def fill(self, entries: Sequence[Entry]) -> None:
        """Inserts many live documents into an empty collection."""
        live: dict[str, list[Entry]] = {}
        for entry in entries:
            live.setdefault(entry[2], []).append(entry)
        for one in live.values():
            one.sort()
        self.documents = {entry[1]: entry for entry in entries}
        self.live, self._sorted, self._stale = live, {}, set()
        self._ids = None

    def ids_after(self, after: str, limit: int) -> list[str]:
        """At most `limit` ids after this one in order, of tombstones too. The first time it sorts them."""
        if self._ids is None:
            self._ids = sorted(self.documents)
        start = bisect_right(self._ids, after) if after else 0
        return self._ids[start : start + limit]

    def entries(self, parent: str) -> Sequence[Entry]:
        """The live documents of a list, in order."""
        if parent in self._sorted:
            self._sort(parent)
        return self.live.get(parent, _EMPTY)

    def take_below_rank(self, parent: str, rank: int) -> list[Entry]:
        """Removes the documents of a list whose rank is smaller, tombstones included; returns them."""
        taken: list[Entry] = []
        self.entries(parent)
        for lists in (self.live, self.tombstones):
            entries = lists.get(parent, [])
            count = bisect_left(entries, (rank,))
            taken += entries[:count]
            del entries[:count]
            if not entries:
                lists.pop(parent, None)
        for entry in taken:
            del self.documents[entry[1]]
            if self._overlap is not None:
                self._overlap.add(entry[1], -1)
        if taken:
            self._ids = None
        return taken

    def last_rank(self, parent: str) -> int | None:
        """The greatest rank in a list, tombstones included."""
        live, tombstones = self.entries(parent), self.tombstones.get(parent)
        if live and tombstones:
            return max(live[-1][0], tombstones[-1][0])
        last = live or tombstones
        return last[-1][0] if last else None

    def surplus(self, parent: str, max_bytes: int) -> list[Entry]:
        """The first live documents of a list, without which the others have at most `max_bytes`."""
        entries = self.entries(parent)
        size, found = in_bytes(entries), list[Entry]()
        for entry in entries[:-1]:
            if size <= max_bytes:
                break
            size -= len(entry[3] or b"")
            found.append(entry)
        return found

    def hidden_in(self, base: "Collection", parent: str) -> int:
        """How many documents of the base's list have a document of this collection in their place.

        Counted once, and kept up to date by `set`.
        """
        overlap = self._overlap
        if overlap is None or overlap.base is not base or overlap.size != len(base.documents):
            overlap = self._overlap = Overlap(self, base)
        return overlap.hidden.get(parent, 0)

    def hidden_in_all(self, base: "Collection") -> int:
        """As `hidden_in`, in all lists of the base."""
        self.hidden_in(base, "")
        return sum(self._overlap.hidden.values()) if self._overlap else 0

    def _ordered(self, entry: Entry) -> list[Entry]:
        """The list that a document is in, in order."""
        if entry[3] is None:
            return self.tombstones[entry[2]]
        if entry[2] in self._sorted:
            self._sort(entry[2])
        return self.live[entry[2]]

    def _replace(self, old: Entry, new: Entry) -> None:
        """Replaces a document at its place; in a list that will be sorted anyhow, only when it is."""
        self.documents[new[1]] = new
        start = self._sorted.get(old[2]) if old[3] is not None else None
        if start is not None and (len(self.live[old[2]]) - start) * _STEPS > start:
            self._stale.add(old[2])
            return
        entries = self._ordered(old)
        entries[0 if len(entries) == 1 else bisect_left(entries, old[:2])] = new

    def _take_out(self, entry: Entry) -> None:
        entries = self._ordered(entry)
        del entries[bisect_left(entries, entry[:2])]
        if not entries:
            del (self.tombstones if entry[3] is None else self.live)[entry[2]]

    def _sort(self, parent: str) -> None:
        """Puts the end of a live list in its place: a few entries one by one, many by sorting all."""
        start, entries = self._sorted.pop(parent), self.live[parent]
        if parent in self._stale:
            self._stale.remove(parent)
            entries[:] = [self.documents[entry[1]] for entry in entries]
        if (len(entries) - start) * _STEPS > start:
            entries.sort()
            return
        late = entries[start:]
        del entries[start:]
        for entry in late:
            insort(entries, entry)


Kinds = dict[str, Collection]
"""The documents of one space by kind."""


def body_of(entry: Entry) -> bytes | None:
    """The body, encoded if it was lazy; None for a tombstone."""
    body = entry[3]
    return body if body is None or body.__class__ is bytes else body.encode()  # type: ignore[union-attr]


def row_of(entry: Entry) -> Row:
    """The document as a row, as Row(…) makes it, without a call in Python."""
    return _new_tuple(Row, (entry[1], entry[2], entry[0], body_of(entry)))


def copied(body: bytes | None) -> bytes | None:
    """A copy: a result of `orjson.dumps` keeps several kilobytes more than its length alive."""
    return None if body is None else _join((b"", body))  # the quickest copy; of one part, `join` makes none


def _same_place(old: Entry, new: Entry) -> bool:
    return old[0] == new[0] and old[2] == new[2] and (old[3] is None) is (new[3] is None)


Place = tuple[int, str]
"""The (rank, id) of a cursor. An entry is greater than its own place, and smaller than any later one."""


def slice_of(
    entries: Sequence[Entry], after: Place | None, skip: int, limit: int, newest_first: bool
) -> Sequence[Entry]:
    """A page of one list."""
    if newest_first:
        end = (len(entries) if after is None else bisect_left(entries, after)) - skip
        return entries[max(0, end - limit) : max(0, end)][::-1]
    start = skip + (0 if after is None else _index_after(entries, after))
    return entries[start : start + limit]


def _index_after(entries: Sequence[Entry], place: Place) -> int:
    index = bisect_left(entries, place)
    return index + (index < len(entries) and entries[index][:2] == place)


class MergedPage:
    """A page of a list and of its base's list, without the entries of the base that `own` hides."""

    def __init__(
        self, own: Collection, base: Collection, parent: str, after: Place | None, newest_first: bool
    ) -> None:
        self._hiding = own.documents
        self._base = base.documents
        self._parent = parent
        self._newest_first = newest_first
        self._own_entries, self._base_entries = own.entries(parent), base.entries(parent)
        self._own = self._start(self._own_entries, after)
        self._below = self._start(self._base_entries, after)

    def read(self, skip: int, limit: int) -> list[Entry]:
        """At most `limit` entries after `skip` further ones."""
        while skip > _WALK and (passed := self._jump(skip)):
            skip -= passed
        return self._walk(skip, limit)

    def _walk(self, skip: int, limit: int) -> list[Entry]:
        """Merges both lists entry by entry."""
        hiding, step, backwards = self._hiding, self._step, self._newest_first
        own_entries, base_entries, own_at, base_at = (
            self._own_entries,
            self._base_entries,
            self._own,
            self._below,
        )
        own_size, base_size = len(own_entries), len(base_entries)
        found: list[Entry] = []
        while len(found) < limit:
            while 0 <= base_at < base_size and base_entries[base_at][1] in hiding:
                base_at += step
            has_own = 0 <= own_at < own_size
            if 0 <= base_at < base_size and not (
                has_own and (own_entries[own_at] < base_entries[base_at]) is not backwards
            ):
                entry = base_entries[base_at]
                base_at += step
            elif has_own:
                entry = own_entries[own_at]
                own_at += step
            else:
                break
            if skip:
                skip -= 1
            else:
                found.append(entry)
        return found

    def _jump(self, skip: int) -> int:
        """Passes entries without looking at each; returns how many, at most `skip`. 0: too few to pay.

        The first `skip` entries of both lists together hold at least `skip` less all own ones of the base's.
        """
        own_left = len(self._own_entries) - self._own if self._step > 0 else self._own + 1
        by = skip - own_left
        target = self._at(self._base_entries, self._below + by * self._step)
        if by <= _WALK or target is None:
            return 0
        place = target[:2]
        here = self._at(self._base_entries, self._below)
        hidden = sum(1 for id in self._hiding if self._is_between(self._base.get(id), here, target))
        if self._step > 0:
            own_passed = bisect_left(self._own_entries, place, lo=self._own) - self._own
        else:
            own_passed = self._own + 1 - _index_after(self._own_entries, place)
        self._below += by * self._step
        self._own += max(0, own_passed) * self._step
        return by - hidden + max(0, own_passed)

    def _is_between(self, below: Entry | None, first: Entry | None, end: Entry) -> bool:
        """Whether a hidden entry of the base lies in the walked part, from `first` to before `end`."""
        if below is None or first is None or below[2] != self._parent or below[3] is None:
            return False
        place = below[:2]
        if self._newest_first:
            return end[:2] < place <= first[:2]
        return first[:2] <= place < end[:2]

    @property
    def _step(self) -> int:
        return -1 if self._newest_first else 1

    def _start(self, entries: Sequence[Entry], after: Place | None) -> int:
        if self._newest_first:
            return (len(entries) if after is None else bisect_left(entries, after)) - 1
        return 0 if after is None else _index_after(entries, after)

    @staticmethod
    def _at(entries: Sequence[Entry], index: int) -> Entry | None:
        return entries[index] if 0 <= index < len(entries) else None


def in_bytes(entries: Iterable[Entry]) -> int:
    """The bytes of the bodies."""
    return sum(len(entry[3] or b"") for entry in entries)
