"""Whatever a vendor stores is a record of a collection, or internal with a reason."""

import pytest

from mockserver import vendors
from mockserver.storage.memory import MemoryStore
from tests.stories.test_same_on_every_store import history


def test_every_kind_that_is_stored_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    stored: set[str] = set()
    put, fill = MemoryStore.set, MemoryStore.fill

    def noted_put(self: MemoryStore, space: str, kind: str, id: str, entry: object) -> None:
        stored.add(kind)
        put(self, space, kind, id, entry)  # type: ignore[arg-type]

    def noted_fill(self: MemoryStore, space: str, kind: str, entries: list[object]) -> None:
        stored.add(kind)
        fill(self, space, kind, entries)  # type: ignore[arg-type]

    monkeypatch.setattr(MemoryStore, "set", noted_put)
    monkeypatch.setattr(MemoryStore, "fill", noted_fill)
    history("memory:")
    declared = {
        kind
        for name in vendors.names()
        for kind in (*vendors.find(name).collections.by_kind, *vendors.find(name).collections.internal)
    }
    kinds = {kind for kind in stored if not kind.startswith("_")}
    assert len(kinds) > 50
    assert sorted(kinds - declared) == []
