"""Transactions of the store in memory: what each has changed, and the block that undoes it."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from mockserver.storage.collection import Collection
from mockserver.storage.named_locks import LockOwner
from mockserver.storage.no_waiting import ThreadState

MANY_CHANGES: Final = 50_000


class MemoryTransaction(LockOwner):
    """A thread's open transaction: the locks it holds, its changes, and what follows its commit."""

    __slots__ = ("after_commit", "bound", "changes", "mark")

    def __init__(self) -> None:
        super().__init__()
        # How to undo each: a collection with what was there, as of `MemoryStore.set`; else a function and its
        # arguments.
        self.changes: list[tuple[Any, ...]] = []
        self.after_commit: list[Callable[[], None]] = []
        self.mark: int = 0
        """The number of changes before the innermost block that is open."""
        self.bound: int = MANY_CHANGES
        """The number of changes above which repeated ones are forgotten."""

    def forget_repeated(self) -> None:
        """Forgets the changes of a document since the mark but the first, which has what was there before.

        Years of nights change each document hundreds of times in one transaction.
        """
        seen: set[tuple[int, str]] = set()
        kept = []
        for change in self.changes[self.mark :]:
            if change[0].__class__ is Collection:
                document = id(change[0]), change[3]
                if document in seen:
                    continue
                seen.add(document)
            kept.append(change)
        self.changes[self.mark :] = kept
        self.bound = max(MANY_CHANGES, 2 * len(self.changes))


class MemoryThreadState(ThreadState):
    """The transaction of each thread."""

    transaction: MemoryTransaction | None = None


class _UndoingStore(Protocol):
    local: MemoryThreadState

    def undo(self, transaction: MemoryTransaction) -> None: ...

    def finish(self, transaction: MemoryTransaction) -> None: ...


class MemoryScope:
    """Context manager of a transaction or savepoint: a class, since a generator costs microseconds a call."""

    __slots__ = ("_after_commit", "_is_outermost", "_outer_mark", "_store", "_transaction")

    def __init__(self, store: _UndoingStore) -> None:
        self._store = store

    def __enter__(self) -> None:
        transaction = self._store.local.transaction
        self._is_outermost = transaction is None
        if transaction is None:
            transaction = self._store.local.transaction = MemoryTransaction()
        self._transaction = transaction
        self._outer_mark = transaction.mark
        transaction.mark = len(transaction.changes)
        self._after_commit = len(transaction.after_commit)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        transaction = self._transaction
        try:
            if kind is not None:
                del transaction.after_commit[self._after_commit :]
                self._store.undo(transaction)
        finally:
            transaction.mark = self._outer_mark
            if self._is_outermost:
                self._store.finish(transaction)
