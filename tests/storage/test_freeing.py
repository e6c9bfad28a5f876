"""The store in memory frees much in parts, so that other threads run in between."""

from typing import Any

import pytest

from mockserver.storage import memory
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Row


class Changes(list[Any]):
    """The changes of a transaction, which note how many are freed at once."""

    def __init__(self) -> None:
        super().__init__()
        self.freed: list[int] = []

    def __delitem__(self, place: Any) -> None:
        self.freed.append(len(self[place]))
        super().__delitem__(place)


def test_the_changes_of_a_long_transaction_are_freed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_FREED_AT_ONCE", 10)
    store, changes = MemoryStore(), Changes()
    with store.transaction():
        assert store.local.transaction is not None
        store.local.transaction.changes = changes
        for number in range(35):
            store.space("w").put("person", Row(str(number), "", number, b"1"))
    assert changes.freed == [10, 10, 10]
    assert len(changes) == 5
    assert store.space("w").count("person") == 35
