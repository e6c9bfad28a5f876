"""Transactions of the store in memory: what each has changed, and the block that undoes it."""

from collections.abc import Callable
from typing import Any, Protocol

from mockserver.storage.named_locks import LockOwner
from mockserver.storage.no_waiting import ThreadState


class MemoryTransaction(LockOwner):
    """A thread's open transaction: the locks it holds, its changes, and what follows its commit."""

    __slots__ = ("after_commit", "changes")

    def __init__(self) -> None:
        super().__init__()
        # How to undo each: a collection with what was there, as of `MemoryStore.set`; else a function and its
        # arguments.
        self.changes: list[tuple[Any, ...]] = []
        self.after_commit: list[Callable[[], None]] = []


class MemoryThreadState(ThreadState):
    """The transaction of each thread."""

    transaction: MemoryTransaction | None = None


class _UndoingStore(Protocol):
    local: MemoryThreadState

    def undo(self, transaction: MemoryTransaction, mark: int) -> None: ...

    def finish(self, transaction: MemoryTransaction) -> None: ...


class MemoryScope:
    """Context manager of a transaction or savepoint: a class, since a generator costs microseconds a call."""

    __slots__ = ("_after_commit", "_changes", "_is_outermost", "_store", "_transaction")

    def __init__(self, store: _UndoingStore) -> None:
        self._store = store

    def __enter__(self) -> None:
        transaction = self._store.local.transaction
        self._is_outermost = transaction is None
        if transaction is None:
            transaction = self._store.local.transaction = MemoryTransaction()
        self._transaction = transaction
        self._changes = len(transaction.changes)
        self._after_commit = len(transaction.after_commit)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        transaction = self._transaction
        try:
            if kind is not None:
                del transaction.after_commit[self._after_commit :]
                self._store.undo(transaction, self._changes)
        finally:
            if self._is_outermost:
                self._store.finish(transaction)
