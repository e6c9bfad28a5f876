"""Pages of lists in memory: large skips jump, and find what walking finds."""

from hypothesis import given
from hypothesis import strategies as st

from mockserver.storage import collection as collection_module
from mockserver.storage.collection import Collection, Entry, MergedPage
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Cursor, Row

places = st.integers(0, 60)


@given(
    below=st.sets(places, max_size=40),
    own=st.dictionaries(places, st.sampled_from(["live", "tombstone", "elsewhere"]), max_size=15),
    after=st.none() | places,
    skip=st.integers(0, 45),
    limit=st.integers(0, 10),
    newest_first=st.booleans(),
)
def test_jumping_finds_what_walking_finds(
    below: set[int], own: dict[int, str], after: int | None, skip: int, limit: int, newest_first: bool
) -> None:
    store = MemoryStore()
    store.space("b").bulk_insert("k", [Row(str(one), "", one, b"b") for one in sorted(below)])
    space = store.space("w", "b")
    for place, what in own.items():
        if what == "tombstone":
            space.delete("k", str(place))
        else:
            space.put("k", Row(str(place), "" if what == "live" else "other", place, b"w"))
    listed = sorted((below - own.keys()) | {place for place, what in own.items() if what == "live"})
    if newest_first:
        listed.reverse()
    if after is not None:
        listed = [one for one in listed if (one < after if newest_first else one > after)]
    cursor = None if after is None else Cursor(after, str(after))
    walk = collection_module._WALK
    try:
        for collection_module._WALK in (0, 3, walk):
            found = space.page("k", limit=limit, after=cursor, skip=skip, newest_first=newest_first)
            assert [row.rank for row in found] == listed[skip : skip + limit]
    finally:
        collection_module._WALK = walk


def test_a_large_skip_looks_at_few_entries() -> None:
    base, own = Collection(), Collection()
    base.fill([(number, str(number), "", b"1") for number in range(100_000)])
    removed, added = range(0, 100_000, 2_000), [number + 0.5 for number in range(0, 100_000, 3_000)]
    for number in removed:
        own.set(str(number), (0, str(number), "", None))
    for rank in added:
        own.set(f"own{rank}", (rank, f"own{rank}", "", b"1"))  # type: ignore[arg-type]
    page = MergedPage(own, base, "", None, newest_first=False)
    passed = []
    jump = page._jump

    def counting(skip: int) -> int:
        passed.append(jump(skip))
        return passed[-1]

    page._jump = counting  # type: ignore[method-assign]
    (entry,) = page.read(50_000, 1)
    assert entry[0] == sorted({*range(100_000), *added} - {*removed})[50_000]
    assert sum(passed) > 49_000, "hardly any entry was looked at"
    assert len(passed) < 10


Change = tuple[str, int, int]
changes = st.lists(
    st.tuples(st.sampled_from(["put", "tombstone", "remove", "below", "read"]), places, places), max_size=40
)


@given(changes)
def test_lists_are_in_order_whenever_they_are_read(history: list[Change]) -> None:
    """They are put in order only then: after any number of writes, of the same documents too."""
    collection, known = Collection(), dict[str, Entry]()
    for what, id, rank in [*history, ("read", 0, 0)]:
        entry: Entry = (rank % 5, str(id), "", None if what == "tombstone" else b"1")
        if what in ("put", "tombstone"):
            assert collection.set(str(id), entry) == known.get(str(id))
            known[str(id)] = entry
        elif what == "remove":
            assert collection.set(str(id), None) == known.pop(str(id), None)
        elif what == "below":
            taken = collection.take_below_rank("", rank % 5)
            assert sorted(entry[1] for entry in taken) == sorted(
                id for id, one in known.items() if one[0] < rank % 5
            )
            known = {id: one for id, one in known.items() if one[0] >= rank % 5}
        else:
            live = sorted(one for one in known.values() if one[3] is not None)
            assert list(collection.entries("")) == live
            assert collection.last_rank("") == max((one[0] for one in known.values()), default=None)
    assert collection.documents == known


def test_a_list_that_is_only_written_is_not_put_in_order() -> None:
    collection = Collection()
    for number in (3, 1, 2):
        collection.set(str(number), (number, str(number), "", b"1"))
    assert [entry[0] for entry in collection.live[""]] == [3, 1, 2]
    assert [entry[0] for entry in collection.entries("")] == [1, 2, 3]
    assert [entry[0] for entry in collection.live[""]] == [1, 2, 3]


def test_nothing_can_be_read_together_too() -> None:
    """So it is with the rate limits of a call to which none applies."""
    assert MemoryStore().fetch() == ()
