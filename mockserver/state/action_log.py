"""The log of what happened to a world besides calls: moves of the clock, runs of jobs, backstage actions.

Stored with the journal, whose numbers place each action between the exchanges.
"""

from collections.abc import Iterable
from typing import Any, Final

import orjson

from mockserver.call import ActionEntry
from mockserver.storage.layout import ACTION, journal_space_name
from mockserver.storage.store import Cursor, Row, Store

MAX_ACTIONS: Final = 1_000


class ActionLog:
    """The actions of one world, numbered from 1; beyond `MAX_ACTIONS`, the oldest are dropped."""

    def __init__(self, store: Store, world: str) -> None:
        self._space = store.space(journal_space_name(world))

    def add(self, entry: dict[str, Any]) -> None:
        """Appends an action; it gets its number here."""
        number = self._space.last_rank(ACTION) + 1
        body = orjson.dumps({"number": number, **entry})
        self._space.put(ACTION, Row(f"{number:012d}", "", number, bytes(memoryview(body))))
        self._space.delete_below_rank(ACTION, "", number - MAX_ACTIONS + 1)

    def read(self, after: int, limit: int) -> list[ActionEntry]:
        """At most `limit` actions with a number greater than `after`, oldest first."""
        rows: Iterable[Row] = self._space.page(ACTION, limit=limit, after=Cursor(after + 1, ""))
        return [orjson.loads(row.body or b"{}") for row in rows]
