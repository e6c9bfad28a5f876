"""Much is freed in parts, so that other threads run in between."""

from typing import Any

import pytest

from mockserver.formats.freeing import free
from mockserver.state.people import people
from mockserver.state.seed_data import SeedData, SeedSpec
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Row


class Noting(list[Any]):
    """A list that notes how much is freed at once."""

    def __init__(self, items: Any = ()) -> None:
        super().__init__(items)
        self.freed: list[int] = []

    def __delitem__(self, place: Any) -> None:
        self.freed.append(len(self[place]))
        super().__delitem__(place)


@pytest.mark.parametrize(("size", "freed"), [(0, []), (10, []), (35, [10, 10, 10])])
def test_a_list_is_emptied_in_parts(size: int, freed: list[int]) -> None:
    items = Noting(range(size))
    free(items, 10)
    assert (items, items.freed) == ([], freed)


def test_the_changes_of_a_long_transaction_are_freed_in_parts() -> None:
    store, changes = MemoryStore(), Noting()
    with store.transaction():
        assert store.local.transaction is not None
        store.local.transaction.changes = changes
        for number in range(12_000):
            store.space("w").put("person", Row(str(number), "", number, b"1"))
    assert changes.freed == [5_000, 5_000]
    assert changes == []
    assert store.space("w").count("person") == 12_000


@pytest.mark.parametrize(("count", "freed"), [(9_000, []), (12_000, [5_000, 5_000])])
def test_people_who_are_not_kept_are_freed_in_parts(
    count: int, freed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    generated = Noting(people(42, count, ["nl_NL"]))
    monkeypatch.setattr("mockserver.state.seed_data.people", lambda *_: generated)
    seed_data = SeedData(MemoryStore())
    spec: SeedSpec = {"scenario": "", "seed": 1, "people": count, "anchor": "", "locales": {}, "vendors": {}}
    with seed_data._people_of("seed", spec) as found:
        assert len(found) == count
    assert generated.freed == freed
