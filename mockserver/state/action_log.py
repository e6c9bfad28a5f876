"""The log of what happened to a world besides calls: changes by the control API, backstage actions.

Stored with the journal, whose numbers place each action between the exchanges.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import orjson

from mockserver.call import ActionEntry
from mockserver.storage.layout import ACTION, journal_space_name
from mockserver.storage.store import Cursor, Row, Store

MAX_ACTIONS: Final = 1_000


_SEALED: Final = "sealed"  # the member with the action as capsules have it; no reader of the log sees it


class SealedAction(NamedTuple):
    """An action, and what was sent, without secrets, as it can be sent again; None if that is not known."""

    action: ActionEntry
    sealed: dict[str, Any] | None


class ActionLog:
    """The actions of one world, numbered from 1; beyond `MAX_ACTIONS`, the oldest are dropped."""

    def __init__(self, store: Store, world: str) -> None:
        self._space = store.space(journal_space_name(world))

    def add(self, entry: dict[str, Any], sealed: dict[str, Any] | None) -> None:
        """Appends an action; it gets its number here. `sealed` is what capsules need of it."""
        number = self._space.last_rank(ACTION) + 1
        body = orjson.dumps({"number": number, **entry, _SEALED: sealed})
        self._space.put(ACTION, Row(f"{number:012d}", "", number, bytes(memoryview(body))))
        self._space.delete_below_rank(ACTION, "", number - MAX_ACTIONS + 1)

    def read(self, after: int, limit: int) -> list[ActionEntry]:
        """At most `limit` actions with a number greater than `after`, oldest first."""
        return [one.action for one in self.read_sealed(after, limit)]

    def read_sealed(self, after: int, limit: int) -> list[SealedAction]:
        """As `read`, with what capsules need of each."""
        rows: Iterable[Row] = self._space.page(ACTION, limit=limit, after=Cursor(after + 1, ""))
        found = [orjson.loads(row.body or b"{}") for row in rows]
        return [SealedAction(one, one.pop(_SEALED, None)) for one in found]
