"""Snapshots of worlds: named copies of their own documents, each with the start that the world had then."""

from typing import Any, Final

import orjson

from mockserver.errors import Problem
from mockserver.state.world_record import WorldRecord
from mockserver.storage.layout import ROOT_SPACE, SNAPSHOT, snapshot_space_name, world_space_name
from mockserver.storage.store import Row, Store

MAX_SNAPSHOTS: Final = 100
_ORIGIN: Final = ("scenario", "seed", "people", "start", "settings", "faults", "profiles", "base", "state")
"""The members of a world's record that describe its start, and thus what its documents differ from."""


class Snapshots:
    """The snapshots of all worlds; callers hold the lock of the world."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._root = store.space(ROOT_SPACE)

    def names(self, world: str) -> list[str]:
        """The names of a world's snapshots, the oldest first."""
        return [row.id.partition("/")[2] for row in self._root.iterate(SNAPSHOT, world)]

    def make(self, record: WorldRecord, snapshot: str) -> None:
        """Saves the world's documents; replaces a snapshot of the same name. Raises too_many_snapshots."""
        self.register(record, snapshot)
        self._store.copy(world_space_name(record["name"]), snapshot_space_name(record["name"], snapshot))

    def register(self, record: WorldRecord, snapshot: str) -> str:
        """The emptied space of a snapshot with the start of this record. Raises too_many_snapshots."""
        name, origin = record["name"], {key: value for key, value in record.items() if key in _ORIGIN}
        existing = self.names(name)
        if snapshot not in existing and len(existing) >= MAX_SNAPSHOTS:
            raise Problem("too_many_snapshots", world=name, most=MAX_SNAPSHOTS)
        space = snapshot_space_name(name, snapshot)
        self._store.delete_space(space)
        rank = self._root.last_rank(SNAPSHOT, name) + 1
        self._root.put(SNAPSHOT, Row(f"{name}/{snapshot}", name, rank, orjson.dumps(origin)))
        return space

    def find(self, record: WorldRecord, snapshot: str) -> WorldRecord:
        """The world's record with the start that the snapshot has. Raises unknown_snapshot."""
        row = self._root.get(SNAPSHOT, f"{record['name']}/{snapshot}")
        if row is None:
            raise Problem("unknown_snapshot", snapshot=snapshot, world=record["name"])
        found: Any = {key: value for key, value in record.items() if key not in _ORIGIN}
        found |= orjson.loads(row.body or b"{}")
        restored: WorldRecord = found
        return restored

    def delete(self, record: WorldRecord, snapshot: str) -> None:
        """Deletes a snapshot. Raises unknown_snapshot."""
        self.find(record, snapshot)
        self._store.delete_space(snapshot_space_name(record["name"], snapshot))
        self._root.delete(SNAPSHOT, f"{record['name']}/{snapshot}")
