"""Worlds that nobody has used for a set time are removed, and the starts that no world stands on any more.

Nothing works in the background: whoever is called looks now and then. Servers that share a store may all do
it; a world goes once.
"""

import logging
import time
from typing import Final

from mockserver.errors import StoreUnavailableError
from mockserver.state.events import CallEvent
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.store import Row

_log = logging.getLogger("mockserver")
_KIND: Final = "_used"
_MOST_AT_ONCE: Final = 20
_MINUTE: Final = 60.0


class Expiry:
    """Notes which worlds are used, by the real time and at most once a minute, and removes the others.

    A use is a call to a vendor in it, or one to the control API that names it. The default world stays.
    """

    def __init__(self, worlds: Worlds, after: float) -> None:
        """`after`: so many seconds without a use."""
        self._worlds = worlds
        self._store = worlds.store
        self._root = worlds.store.space("")
        self._after = after
        self._pause = min(_MINUTE, self._after / 10)
        self._next = 0.0
        self._noted: dict[str, float] = {}

    def on_call(self, seen: CallEvent) -> None:
        """Notes a use, and looks round if it is time."""
        try:
            if seen.world is not None and seen.world != DEFAULT_WORLD:
                self._note(seen.world)
            if time.time() >= self._next:
                self.delete_expired()
        except StoreUnavailableError as trouble:
            _log.warning("unused worlds were not looked for: the store is not available (%s)", trouble)

    def delete_expired(self) -> None:
        """Deletes a few of the worlds that have expired. Raises `StoreUnavailableError`."""
        now = time.time()
        self._next = now + self._pause
        used = {row.id: row.rank for row in self._root.iterate(_KIND)}
        there = {row.id for row in self._root.iterate("_world")} - {DEFAULT_WORLD}
        self._noted = {name: at for name, at in self._noted.items() if name in there}
        for name in there - used.keys():
            self._note(name)  # its time counts from now
        limit = int(now - self._after)
        overdue = [name for name in there if used.get(name, limit) < limit]
        for name in overdue[:_MOST_AT_ONCE]:
            self._remove(name, limit)
        if overdue[_MOST_AT_ONCE:]:
            self._next = now
        self._worlds.seed_data.collect_garbage(limit)

    def _note(self, name: str) -> None:
        now = time.time()
        if now - self._noted.get(name, 0.0) < self._pause:
            return
        with self._store.transaction():
            self._store.lock(name)
            if self._root.get("_world", name):
                self._root.put(_KIND, Row(name, "", int(now), b"1"))
        self._noted[name] = now

    def _remove(self, name: str, limit: int) -> None:
        with self._store.transaction():
            self._store.lock(name)
            row = self._root.get(_KIND, name)
            # Another server may have seen it used meanwhile, or have removed it.
            if row and row.rank < limit and self._root.get("_world", name):
                self._worlds.delete(name)
                _log.info("the world %s was removed: nobody used it for %d seconds", name, self._after)
