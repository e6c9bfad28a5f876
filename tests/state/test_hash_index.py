"""The hash index compared with a dictionary, on every store."""

import random
from typing import Any

import pytest

from mockserver.state.hash_index import BUCKETS, HashIndex, bucket_id
from mockserver.state.records import Records
from mockserver.storage.store import Store


@pytest.fixture
def records(store: Store) -> Records:
    return Records(store.space("w/x"), "shop.index", lambda: 1)


def test_bucket_ids_never_change() -> None:
    assert bucket_id("a@b.c") == "1885"
    assert all(0 <= int(bucket_id(str(number))) < BUCKETS for number in range(1000))


@pytest.mark.parametrize("deferred", [False, True])
def test_an_index_equals_a_dictionary_of_lists(records: Records, deferred: bool) -> None:
    draws, model = random.Random(1), dict[str, list[str]]()
    index = HashIndex(records, bucket_of=lambda key: key[:1], deferred=deferred)
    for _ in range(300):
        key, entry = f"{draws.randrange(4)}/{draws.randrange(3)}", str(draws.randrange(5))
        if draws.random() < 0.6:
            index.add(key, entry)
            if entry not in model.setdefault(key, []):
                model[key].append(entry)
        else:
            index.remove(key, entry)
            model[key] = [one for one in model.get(key, []) if one != entry]
        assert index.find(key) == model[key]
    index.flush()
    again = HashIndex(records, bucket_of=lambda key: key[:1])
    assert {key: again.find(key) for key in model} == model


def test_deferred_changes_are_written_by_flush_only(records: Records) -> None:
    index = HashIndex(records, deferred=True)
    index.add("a", "1")
    assert HashIndex(records).find("a") == []
    index.flush()
    assert HashIndex(records).find("a") == ["1"]


def test_filling_equals_adding(records: Records) -> None:
    entries = [(f"key{number % 50}", f"id{number}") for number in range(200)]
    HashIndex(records, encode=" ".join, decode=str.split).fill(entries)
    index = HashIndex(records, encode=" ".join, decode=str.split)
    assert index.find("key7") == ["id7", "id57", "id107", "id157"]
    index.remove("key7", "id57")
    index.add("key7", "id7")
    assert index.find("key7") == ["id7", "id107", "id157"]
    assert index.find("nothing") == []


def test_entries_may_have_another_order(records: Records) -> None:
    index = HashIndex(records)
    for entry in ([3, "c"], [1, "a"], [2, "b"]):
        index.update("k", lambda entries, entry=entry: sorted([*entries, entry]))  # type: ignore[misc]
    assert index.find("k") == [[1, "a"], [2, "b"], [3, "c"]]


class CountingRecords(Records):
    """Records that count their reads and writes."""

    reads = 0
    writes = 0

    def get(self, id: str) -> Any:
        self.reads += 1
        return super().get(id)

    def add(self, id: str, record: Any, parent: str = "", rank: int | None = None, **options: Any) -> None:
        self.writes += 1
        super().add(id, record, parent, rank, **options)


def test_deferred_access_reads_and_writes_each_bucket_once(store: Store) -> None:
    records = CountingRecords(store.space("w/x"), "shop.index", lambda: 1)
    index = HashIndex(records, bucket_of=lambda key: key[:1], deferred=True)
    for number in range(500):
        assert not index.has(f"a{number}")
        index.add(f"b{number}", "x", is_new=True)
        index.remove(f"c{number}", "x")
    index.flush()
    index.flush()
    assert (records.reads, records.writes) == (3, 1)
