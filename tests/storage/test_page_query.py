"""A page read by two statements equals the page read by one."""

from itertools import product
from typing import Any

import pytest

from mockserver.storage.sqlite import SQLite
from mockserver.storage.store import Cursor, Row, Space, Store


class RemoteSQLite(SQLite):
    """A SQLite engine that claims to be remote, so that pages are read by one statement."""

    is_local = False


def filled(engine: SQLite) -> Space:
    """A space with rows between, before and instead of those of its base, a tombstone, and separate lists."""
    store = Store(engine)
    store.bulk_insert("b", "k", [Row(f"id{n:02d}", "", n, f"b{n}".encode()) for n in range(0, 40, 2)])
    store.bulk_insert("b", "k", [Row(f"only{n}", "below", n // 2, b"b") for n in range(6)])
    space = store.space("w", "b")
    for n in (1, 3, 4, 11, 12, 39):
        space.put("k", Row(f"id{n:02d}", "", n, f"w{n}".encode()))
    for n in range(6):
        space.put("k", Row(f"mine{n}", "own", n // 2, b"w"))
    space.put("k", Row("id06", "elsewhere", 6, b"moved"))
    space.delete("k", "id08")
    return space


@pytest.mark.parametrize("newest_first", [False, True])
def test_one_and_two_statements_give_the_same_pages(newest_first: bool) -> None:
    local, remote = filled(SQLite()), filled(RemoteSQLite())
    cursors = (None, Cursor(0, ""), Cursor(4, "id04"), Cursor(11, "id11"), Cursor(99, ""))
    for parent, limit, after, skip in product(("", "own", "below", "none"), (0, 1, 3, 100), cursors, (0, 2)):
        query: dict[str, Any] = {
            "limit": limit,
            "after": after,
            "skip": skip,
            "newest_first": newest_first,
        }
        assert local.page("k", parent, **query) == remote.page("k", parent, **query), (parent, query)


def test_own_rows_are_merged_with_those_of_the_base_in_order() -> None:
    rows = filled(SQLite()).page("k", limit=8)
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
