"""The store in memory, the default: dictionaries and sorted lists, an undo log and named locks."""

import itertools
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import inf
from types import MappingProxyType
from typing import Any, Final

from mockserver.formats.freeing import free
from mockserver.storage.collection import (
    Collection,
    Entry,
    Kinds,
    MergedPage,
    body_of,
    copied,
    in_bytes,
    row_of,
    slice_of,
)
from mockserver.storage.layout import RATE_LIMIT
from mockserver.storage.memory_reads import PreparedReads, copied_entries, kinds_with_entries, sorted_entries
from mockserver.storage.memory_scan import count_visible, scan_own, scan_visible
from mockserver.storage.memory_transaction import MemoryScope, MemoryThreadState, MemoryTransaction
from mockserver.storage.named_locks import NamedLocks
from mockserver.storage.no_waiting import BriefWaits, NoWaiting
from mockserver.storage.reads import Read
from mockserver.storage.store import Cursor, LazyBody, Row, Space, Store

Documents = Mapping[str, Entry]
_NO_DOCUMENTS: Final[Documents] = MappingProxyType({})
_NO_KINDS: Final[Mapping[str, Collection]] = MappingProxyType({})
_new_tuple, _join = tuple.__new__, b"".join


class MemoryStore(Store):
    """Documents of this process. Calls on different worlds do not wait for each other.

    A transaction sees what others have not committed yet, unless both take the same lock.
    """

    is_local = True

    def __init__(self) -> None:
        super().__init__()
        self.spaces: dict[str, Kinds] = {}
        self.layout: object = object()  # another one whenever a collection comes, goes or is replaced
        self._versions: dict[str, int] = defaultdict(int)  # how often documents of each kind have changed
        self._next_change = itertools.count(1).__next__  # counts the changes in all spaces
        self._last_removal = 0  # its value when a space was last removed
        self._last_changes: dict[str, int] = {}  # its value when documents of each space last changed
        self.local: MemoryThreadState = MemoryThreadState()
        self._mutex = threading.Lock()  # held while lists change, and while a page is read
        self.locks: NamedLocks = NamedLocks(self.local)

    def space(self, name: str, base: str | None = None) -> Space:
        """The space of that name, with a base if one is given."""
        return MemorySpace(self, name, base)

    def delete_space(self, space: str) -> None:
        """Deletes all own rows of the space; if it has a base, this resets it."""
        self._replace_space(space, None)

    def discard(self, space: str, kinds: str, ids: str = "") -> None:
        """Deletes the own rows whose kind and id start with these texts, tombstones included."""
        own = self.spaces.get(space, {})
        for kind in [kind for kind in own if kind.startswith(kinds)]:
            for id in [id for id in own[kind].documents if id.startswith(ids)]:
                self.set(space, kind, id, None)

    def copy(self, source: str, target: str) -> None:
        """Copies the space's own rows to another, empty space."""
        with self._mutex:
            copies = {kind: one.copy() for kind, one in self.spaces.get(source, {}).items()}
        self._replace_space(target, copies)

    def documents(self, space: str) -> Iterator[tuple[str, Row]]:
        """The space's own rows with their kinds, tombstones included, in order of (kind, id)."""
        for kind, entry in sorted_entries(self.read(copied_entries, self.spaces.get(space, {}))):
            yield kind, row_of(entry)

    def size(self, space: str) -> int:
        """The approximate size of the space's own rows in bytes; reads all of them."""
        with self._mutex:
            collections = [one.documents for one in self.spaces.get(space, {}).values()]
            return sum(in_bytes(documents.values()) + sum(map(len, documents)) for documents in collections)

    def version(self, space: str) -> int | None:
        """The number of changes when the space was last changed, or removed."""
        return self._last_changes.get(space, self._last_removal)

    def prepare(self, *reads: Read) -> Callable[[], tuple[Any, ...]]:
        """A function that reads these values as they are when it is called."""
        return PreparedReads(self.spaces, self._versions, self._mutex, reads)

    def transaction(self) -> MemoryScope:
        """A transaction, rolled back on an exception; inside another one, a savepoint."""
        return MemoryScope(self)

    def lock(self, name: str) -> None:
        """Takes a named lock for the rest of the transaction.

        Outside a transaction it waits until the lock is free. Raises `StoreUnavailableError` after a while.
        """
        if (transaction := self.local.transaction) is None:
            self.locks.wait_until_free(name)
        else:
            self.locks.take(name, transaction)

    def no_waiting(self, seconds: float = inf) -> NoWaiting:
        """A block in which this thread raises `WouldBlockError` instead of waiting for a lock."""
        return NoWaiting(self.local)

    def brief_waits(self, since: float) -> BriefWaits:
        """A block in which this thread waits 0.1 s for a lock at most, and then raises `WouldBlockError`."""
        return BriefWaits(self.local, since)

    @property
    def may_wait(self) -> bool:
        """Whether this thread may wait."""
        return self.local.waits

    def check(self) -> None:
        """Nothing: memory can always be written."""

    def after_commit(self, action: Callable[[], None]) -> None:
        """Runs the action after the outermost commit; immediately outside transactions."""
        if self.local.transaction is None:
            action()
        else:
            self.local.transaction.after_commit.append(action)

    def close(self) -> None:
        """Forgets everything."""
        self.spaces.clear()
        self.layout = object()

    def collection(self, space: str, kind: str) -> Collection | None:
        """The space's own documents of the kind, if there ever were any."""
        return self.spaces.get(space, _NO_KINDS).get(kind)

    def set(self, space: str, kind: str, id: str, entry: Entry | None) -> None:
        """Inserts, replaces or (None) deletes a document."""
        with self._mutex:
            collection = self.spaces.get(space, _NO_KINDS).get(kind)
            if collection is None:
                collection = self._new_collection(space, kind)
            old = collection.set(id, entry)
            # As `_count`, without its call.
            self._versions[kind] += 1
            if kind != RATE_LIMIT:
                self._last_changes[space] = self._next_change()
        if (transaction := self.local.transaction) is not None:
            transaction.changes.append((collection, space, kind, id, old))
            if len(transaction.changes) > transaction.bound:
                transaction.forget_repeated()

    def delete_below(self, space: str, kind: str, parent: str, rank: int) -> None:
        """Deletes the documents of a list whose rank is smaller, tombstones included."""
        collection = self.collection(space, kind)
        if collection is None:
            return
        with self._mutex:
            taken = collection.take_below_rank(parent, rank)
            if taken:
                self._count(space, kind)
        if taken and (transaction := self.local.transaction) is not None:
            transaction.changes += [(collection, space, kind, entry[1], entry) for entry in taken]

    def fill(self, space: str, kind: str, entries: list[Entry]) -> None:
        """Inserts many new documents. Raises `KeyError` for an id that exists, or is there twice."""
        filled = Collection()
        filled.fill(entries)  # without the mutex: it takes long
        if len(filled.documents) != len(entries):
            raise KeyError("an id is there twice")
        with self._mutex:
            kinds = self.spaces.setdefault(space, {})
            collection = kinds.setdefault(kind, Collection())
            self._count(space, kind)
            if not collection.documents:
                kinds[kind] = filled
                self.layout = object()
            elif known := filled.documents.keys() & collection.documents.keys():
                raise KeyError(min(known))
        if kinds[kind] is not filled:
            for entry in entries:
                self.set(space, kind, entry[1], entry)
        elif (transaction := self.local.transaction) is not None:
            transaction.changes.append((self._put_back_kind, kinds, space, kind, collection))

    def _count(self, space: str, kind: str) -> None:
        """Counts a change. For callers that hold the mutex."""
        self._versions[kind] += 1
        if kind != RATE_LIMIT:
            self._last_changes[space] = self._next_change()

    def _new_collection(self, space: str, kind: str) -> Collection:
        collection = self.spaces.setdefault(space, {}).setdefault(kind, Collection())
        self.layout = object()
        return collection

    def read(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """The result of reading lists that do not change meanwhile."""
        with self._mutex:
            return work(*arguments)

    def _restore(self, collection: Collection, space: str, kind: str, id: str, old: Entry | None) -> None:
        with self._mutex:
            collection.set(id, old)
            self._count(space, kind)

    def _replace_space(self, space: str, kinds: Kinds | None) -> None:
        old = self.spaces.get(space)
        self._put_back(space, kinds)
        if (transaction := self.local.transaction) is not None:
            transaction.changes.append((self._put_back, space, old))

    def _put_back(self, space: str, kinds: Kinds | None) -> None:
        with self._mutex:
            old = self.spaces.pop(space, None)
            if kinds is not None:
                self.spaces[space], self._last_changes[space] = kinds, self._next_change()
            else:
                self._last_changes.pop(space, None)
                self._last_removal = self._next_change()
            for kind in {*(old or ()), *(kinds or ())}:
                self._versions[kind] += 1
            self.layout = object()

    def _put_back_kind(self, kinds: Kinds, space: str, kind: str, collection: Collection) -> None:
        with self._mutex:
            kinds[kind] = collection
            self._count(space, kind)
            self.layout = object()

    def undo(self, transaction: MemoryTransaction) -> None:
        """Undoes what the transaction has done since its mark. For `MemoryScope`."""
        for change in reversed(transaction.changes[transaction.mark :]):
            if change[0].__class__ is Collection:
                self._restore(*change)
            else:
                restore, *arguments = change
                restore(*arguments)
        del transaction.changes[transaction.mark :]

    def finish(self, transaction: MemoryTransaction) -> None:
        """Ends the outermost transaction. For `MemoryScope`."""
        self.local.transaction = None
        self.locks.release(transaction)
        if transaction.changes:
            free(transaction.changes)
        for action in transaction.after_commit:
            action()


class MemorySpace(Space):
    """One space of the store in memory."""

    def __init__(self, store: MemoryStore, name: str, base: str | None) -> None:
        super().__init__(store, name, base)
        self._memory = store
        self._layout: object = None
        self._documents: dict[str, tuple[Documents, Documents]] = {}

    def get(self, kind: str, id: str) -> Row | None:
        """The space's own row, else the base's; None if there is none or it is hidden."""
        # As `row_of`, without its call: most calls to vendors read ten documents.
        if self._layout is not self._memory.layout:
            self._layout, self._documents = self._memory.layout, {}
        own, below = self._documents.get(kind) or self._find_documents(kind)
        entry = own.get(id) or below.get(id)
        if entry is None:
            return None
        body = entry[3]
        if body.__class__ is not bytes:
            body = body_of(entry)
        return None if body is None else _new_tuple(Row, (entry[1], entry[2], entry[0], body))

    def _find_documents(self, kind: str) -> tuple[Documents, Documents]:
        """The space's own documents of the kind, and its base's; kept until the layout changes."""
        kept = self._documents  # this one: another thread may replace it
        own, below = self._collections(kind)
        found = kept[kind] = (
            own.documents if own is not None else _NO_DOCUMENTS,
            below.documents if below is not None else _NO_DOCUMENTS,
        )
        return found

    def put(self, kind: str, row: Row) -> None:
        """Inserts the row or replaces the one with its id."""
        id, parent, rank, body = row
        body = None if body is None else _join((b"", body))  # as `copied`, without its call
        self._memory.set(self.name, kind, id, (rank, id, parent, body))

    def put_lazily(self, kind: str, row: Row, body: LazyBody) -> None:
        """As `put`, with another body than the row's, encoded when it is read."""
        self._memory.set(self.name, kind, row.id, (row.rank, row.id, row.parent, body))

    def whole_body(self, kind: str, id: str) -> bytes | None:
        """The body of a row that was put lazily, with all that its object knows; None without the row."""
        own = self._memory.collection(self.name, kind)
        body = own.documents[id][3] if own is not None and id in own.documents else None
        return body if body is None or isinstance(body, bytes) else body.encode_whole()

    def delete(self, kind: str, id: str) -> bool:
        """Deletes the row, or hides the base's; False if it does not exist."""
        if self.get(kind, id) is None:
            return False
        below = self._memory.collection(self.base, kind) if self.base is not None else None
        tombstone = (0, id, "", None) if below is not None and id in below.documents else None
        self._memory.set(self.name, kind, id, tombstone)
        return True

    def bulk_insert(self, kind: str, rows: Iterable[Row]) -> None:
        """Inserts many new rows; the iterable may use the store."""
        entries: list[Entry] = [(rank, id, parent, copied(body)) for id, parent, rank, body in rows]
        self._memory.fill(self.name, kind, entries)

    def page(
        self,
        kind: str,
        parent: str = "",
        *,
        limit: int,
        after: Cursor | None = None,
        skip: int = 0,
        newest_first: bool = False,
    ) -> list[Row]:
        """At most `limit` rows of the list in order of (rank, id), after a cursor and `skip` further rows."""
        found = self._memory.read(self._page, kind, parent, limit, after, skip, newest_first)
        return [row_of(entry) for entry in found]

    def page_lazily(self, kind: str, *, limit: int, after: Cursor) -> list[tuple[Cursor, LazyBody | bytes]]:
        """As `page`, with the bodies as they were put."""
        found = self._memory.read(self._page, kind, "", limit, after, 0, False)
        return [(Cursor(entry[0], entry[1]), entry[3] or b"") for entry in found]

    def count(self, kind: str, parent: str = "") -> int:
        """The number of rows in the list."""
        return int(self._memory.read(self._count, kind, parent))

    def scan(self, kind: str, *, after: str = "", limit: int) -> list[Row]:
        """At most `limit` rows of the kind in order of their ids, in any list, after the id `after`."""
        found = self._memory.read(scan_visible, *self._collections(kind), after, limit)
        return [row_of(entry) for entry in found]

    def count_all(self, kind: str) -> int:
        """The number of rows of the kind, in all lists."""
        return int(self._memory.read(count_visible, *self._collections(kind)))

    def own(self, kind: str, *, after: str = "", limit: int) -> list[Row]:
        """At most `limit` of the space's own rows in order of their ids, tombstones included."""
        own, _below = self._collections(kind)
        return [row_of(entry) for entry in self._memory.read(scan_own, own, after, limit)]

    def own_kinds(self) -> set[str]:
        """The kinds of which the space has own rows, tombstones included."""
        found: set[str] = self._memory.read(kinds_with_entries, self._memory.spaces.get(self.name, {}))
        return found

    def delete_below_rank(self, kind: str, parent: str, rank: int) -> None:
        """Deletes the own rows of a list whose rank is smaller, tombstones included."""
        self._memory.delete_below(self.name, kind, parent, rank)

    def trim_to_size(self, kind: str, parent: str, max_bytes: int) -> None:
        """Deletes the first own rows of a list so that the bodies of the rest have at most `max_bytes`."""
        own = self._memory.collection(self.name, kind)
        for entry in self._memory.read(own.surplus, parent, max_bytes) if own is not None else ():
            self._memory.set(self.name, kind, entry[1], None)

    def last_rank(self, kind: str, parent: str = "") -> int:
        """The greatest rank among the own rows of a list, tombstones included; 0 without any."""
        own = self._memory.collection(self.name, kind)
        return (own and self._memory.read(own.last_rank, parent)) or 0

    def _collections(self, kind: str) -> tuple[Collection | None, Collection | None]:
        """The space's own documents of the kind, and its base's."""
        own = self._memory.collection(self.name, kind)
        return own, self._memory.collection(self.base, kind) if self.base is not None else None

    def _page(
        self, kind: str, parent: str, limit: int, after: Cursor | None, skip: int, newest_first: bool
    ) -> Iterable[Entry]:
        own, below = self._collections(kind)
        if below is None or not below.entries(parent):
            entries = own.entries(parent) if own is not None else ()
        elif own is None or not own.documents:
            entries = below.entries(parent)
        else:
            return MergedPage(own, below, parent, after, newest_first).read(skip, limit)
        return slice_of(entries, after, skip, limit, newest_first)

    def _count(self, kind: str, parent: str) -> int:
        own, below = self._collections(kind)
        count = len(own.entries(parent)) if own is not None else 0
        if below is None or not (in_base := len(below.entries(parent))):
            return count
        return count + in_base - (own.hidden_in(below, parent) if own is not None else 0)
