"""Pages of worlds, and their number."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

import orjson

from mockserver.errors import StoreUnavailableError
from mockserver.state.settings import Settings
from mockserver.state.world_record import WorldRecord, world_settings, world_space
from mockserver.storage.layout import ROOT_SPACE, WORLD, WORLD_COUNT
from mockserver.storage.store import Cursor, Row, Space, Store

_AFTER_EVERY_ID: Final = "\U0010ffff"


class ListedWorld(NamedTuple):
    """A world in a listing: its record and its settings."""

    record: WorldRecord
    settings: Settings


def page(store: Store, limit: int, after: int) -> tuple[list[ListedWorld], int | None]:
    """At most `limit` worlds, the oldest first, and the `after` of the next page: None after the last.

    Worlds are made and deleted under the lock of the root space, so none of them is half there.
    """
    with store.transaction():
        store.lock(ROOT_SPACE)
        cursor = Cursor(after, _AFTER_EVERY_ID)
        rows = store.space(ROOT_SPACE).page(WORLD, limit=limit + 1, after=cursor)
        listed = [_listed(store, row) for row in rows[:limit]]
    return listed, rows[limit - 1].rank if len(rows) > limit else None


def _listed(store: Store, row: Row) -> ListedWorld:
    record: WorldRecord = orjson.loads(row.body or b"{}")
    return ListedWorld(record, world_settings(world_space(store, record), record).read())


def count(root: Space) -> int:
    """The number of worlds."""
    row = root.get(WORLD_COUNT, "")
    return int(row.body or b"0") if row else root.count(WORLD)


class LastCount:
    """The number of worlds when they were counted last, for those who cannot wait for the store."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._number: int | None = None
        self._notes = 0
        self._counting = threading.Lock()

    def note(self, number: int) -> None:
        """The worlds have been counted."""
        self._number = number
        self._notes += 1

    def read(self) -> int | None:
        """The last number, None if the store was unavailable; another thread counts them again."""
        if self._counting.acquire(blocking=False):
            threading.Thread(target=self._count_again, name="mockserver-count", daemon=True).start()
        return self._number

    def _count_again(self) -> None:
        notes, number = self._notes, None
        try:
            with suppress(StoreUnavailableError):
                number = self._count()
        finally:
            if notes == self._notes:  # what was noted meanwhile is newer
                self._number = number
            self._counting.release()


def change_count(root: Space, by: int, last: LastCount) -> None:
    """Counts a world, under the lock of the root space: a database would count all, one by one."""
    number = count(root) + by
    root.put(WORLD_COUNT, Row("", "", 0, str(number).encode()))
    root.store.after_commit(lambda: last.note(number))
