"""Deletes worlds that have been unused for a set time, and seed data that no world uses.

There is no background thread: calls trigger the check now and then. Servers that share a store may all do it;
each world is deleted once.
"""

import logging
import time
from typing import Final

from mockserver.errors import StoreUnavailableError, WouldBlockError
from mockserver.state.events import CallEvent
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.layout import ROOT_SPACE, WORLD, WORLD_USE
from mockserver.storage.store import Cursor, Row

_log = logging.getLogger("mockserver")
_MAX_DELETED_AT_ONCE: Final = 20
_PAGE: Final = 500
_MAX_INTERVAL: Final = 60.0  # seconds


class Expiry:
    """Records when worlds are used, by the real time and at most once a minute, and deletes unused ones.

    A use is a call to a vendor in the world, or one to the control API that names it. The default world never
    expires.
    """

    def __init__(self, worlds: Worlds, idle_seconds: float) -> None:
        """Worlds expire after `idle_seconds` without a use."""
        self._worlds = worlds
        self._store = worlds.store
        self._root = worlds.store.space(ROOT_SPACE)
        self._idle_seconds = idle_seconds
        self._interval = min(_MAX_INTERVAL, self._idle_seconds / 10)
        self._next_check = 0.0
        self._last_recorded: dict[str, float] = {}
        self._last_rank = 0

    def on_call(self, event: CallEvent) -> None:
        """Records a use, and deletes expired worlds if the next check is due."""
        try:
            if event.world is not None and event.world != DEFAULT_WORLD:
                self._record_use(event.world)
            if time.time() >= self._next_check:
                self.delete_expired()
        except WouldBlockError:
            pass  # a world that is in use does not expire now
        except StoreUnavailableError as error:
            _log.warning("expired worlds were not deleted: the store is not available (%s)", error)

    def delete_expired(self) -> None:
        """Deletes a limited number of expired worlds. Raises `StoreUnavailableError`."""
        now = time.time()
        limit = int(now - self._idle_seconds)
        is_due, self._next_check = now >= self._next_check, now + self._interval
        if is_due:
            self._reconcile()
        else:
            self._record_new()
        oldest = self._root.page(WORLD_USE, limit=_MAX_DELETED_AT_ONCE + 1)  # those used longest ago
        expired = [row.id for row in oldest if row.rank < limit]
        for name in expired[:_MAX_DELETED_AT_ONCE]:
            self._delete(name, limit)
        if expired[_MAX_DELETED_AT_ONCE:]:
            self._next_check = now
        if is_due or expired:
            self._worlds.seed_data.collect_garbage(limit)

    def _record_new(self) -> None:
        """Records a use of the worlds that were made since the last check: their idle time starts now."""
        for row in self._root.page(WORLD, limit=_PAGE, after=Cursor(self._last_rank, "")):
            if row.id != DEFAULT_WORLD and self._root.get(WORLD_USE, row.id) is None:
                self._record_use(row.id)
            self._last_rank = row.rank

    def _reconcile(self) -> None:
        """Records a use of all worlds without one: made where others were deleted, or by another server."""
        self._last_rank = self._root.last_rank(WORLD)
        used = {row.id for row in self._root.iterate(WORLD_USE)}
        existing = {row.id for row in self._root.iterate(WORLD)} - {DEFAULT_WORLD}
        recorded = list(self._last_recorded.items())  # a copy: another thread may be adding to it
        self._last_recorded = {name: at for name, at in recorded if name in existing}
        for name in existing - used:
            self._record_use(name)

    def _record_use(self, name: str) -> None:
        now = time.time()
        if now - self._last_recorded.get(name, 0.0) < self._interval:
            return
        with self._store.transaction():
            self._store.lock(name)
            if self._root.get(WORLD, name):
                self._root.put(WORLD_USE, Row(name, "", int(now), b"1"))
        self._last_recorded[name] = now

    def _delete(self, name: str, limit: int) -> None:
        with self._store.transaction():
            self._store.lock(name)
            row = self._root.get(WORLD_USE, name)
            # Check again under the lock: another server may have used or deleted the world meanwhile.
            if row and row.rank < limit and self._root.get(WORLD, name):
                self._worlds.delete(name)
                _log.info("deleted the world %s, unused for %d seconds", name, self._idle_seconds)
