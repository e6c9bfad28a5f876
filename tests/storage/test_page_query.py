"""Pages of a list whose rows are partly the space's own and partly its base's."""

from itertools import product

import pytest

from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Cursor, Row, Space, Store

BASE = [
    *(Row(f"id{n:02d}", "", n, f"b{n}".encode()) for n in range(0, 40, 2)),
    *(Row(f"only{n}", "below", n // 2, b"b") for n in range(6)),
]
OWN = [
    *(Row(f"id{n:02d}", "", n, f"w{n}".encode()) for n in (1, 3, 4, 11, 12, 39)),
    *(Row(f"mine{n}", "own", n // 2, b"w") for n in range(6)),
    Row("id06", "elsewhere", 6, b"moved"),
]
HIDDEN = "id08"


def filled(store: Store) -> Space:
    """A space with rows between, before and instead of those of its base, a tombstone, and separate lists."""
    store.space("b").bulk_insert("k", BASE)
    space = store.space("w", "b")
    for row in OWN:
        space.put("k", row)
    space.delete("k", HIDDEN)
    return space


def listed(parent: str) -> list[Row]:
    """The rows of a list as they should be, found without a store."""
    rows = {row.id: row for row in [*BASE, *OWN] if row.id != HIDDEN}
    return sorted((row for row in rows.values() if row.parent == parent), key=lambda row: (row.rank, row.id))


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_page_is_a_part_of_the_list(store: Store, newest_first: bool) -> None:
    space = filled(store)
    cursors = (None, Cursor(-1, ""), Cursor(0, ""), Cursor(4, "id04"), Cursor(11, "id11"), Cursor(99, ""))
    sizes = set[int]()
    for parent, limit, after, skip in product(
        ("", "own", "below", "elsewhere", "none"), (0, 1, 3, 100), cursors, (0, 2)
    ):
        rows = listed(parent)
        if newest_first:
            rows = [row for row in reversed(rows) if after is None or (row.rank, row.id) < after]
        else:
            rows = [row for row in rows if after is None or (row.rank, row.id) > after]
        page = space.page("k", parent, limit=limit, after=after, skip=skip, newest_first=newest_first)
        assert page == rows[skip : skip + limit], (parent, limit, after, skip)
        sizes.add(len(page))
    assert {0, 1, 3, len(listed(""))} <= sizes


def test_a_lazy_page_has_the_same_bodies(store: Store) -> None:
    space, after = filled(store), Cursor(4, "id04")
    expected = [(row.cursor, row.body) for row in space.page("k", limit=3, after=after)]
    assert space.page_lazily("k", limit=3, after=after) == expected
    assert [space.whole_body("k", id) for id in ("id04", "id06", HIDDEN)] == [b"w4", b"moved", None]


class Lazy:
    """A body that says how it was encoded."""

    def __len__(self) -> int:
        return 5

    def encode(self) -> bytes:
        return b"shown"

    def encode_whole(self) -> bytes:
        return b"whole"


def test_a_lazy_body_is_encoded_when_it_is_read(store: Store) -> None:
    space = store.space("w")
    space.put_lazily("k", Row("a", "", 1, None), Lazy())
    body = b"shown" if isinstance(store, MemoryStore) else b"whole"
    assert space.get("k", "a") == Row("a", "", 1, body)
    assert space.page("k", limit=9) == [Row("a", "", 1, body)]
    assert space.whole_body("k", "a") == b"whole"


def test_own_rows_are_merged_with_those_of_the_base_in_order(store: Store) -> None:
    rows = filled(store).page("k", limit=8)
    assert [(row.rank, row.body) for row in rows] == [
        (0, b"b0"),
        (1, b"w1"),
        (2, b"b2"),
        (3, b"w3"),
        (4, b"w4"),
        (10, b"b10"),
        (11, b"w11"),
        (12, b"w12"),
    ]
