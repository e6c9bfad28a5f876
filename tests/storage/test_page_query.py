"""Pages of a list whose rows are partly the space's own and partly its base's."""

from mockserver.storage.store import Row, Space, Store


def filled(store: Store) -> Space:
    """A space with rows between, before and instead of those of its base, a tombstone, and separate lists."""
    store.space("b").bulk_insert("k", [Row(f"id{n:02d}", "", n, f"b{n}".encode()) for n in range(0, 40, 2)])
    store.space("b").bulk_insert("k", [Row(f"only{n}", "below", n // 2, b"b") for n in range(6)])
    space = store.space("w", "b")
    for n in (1, 3, 4, 11, 12, 39):
        space.put("k", Row(f"id{n:02d}", "", n, f"w{n}".encode()))
    for n in range(6):
        space.put("k", Row(f"mine{n}", "own", n // 2, b"w"))
    space.put("k", Row("id06", "elsewhere", 6, b"moved"))
    space.delete("k", "id08")
    return space


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
