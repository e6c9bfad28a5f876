"""A world's clock: real, shifted (goes on, but from elsewhere) or frozen."""

import time
from datetime import datetime, timedelta
from typing import Any

import orjson

from mockserver.formats.timestamps import MICROSECOND, from_micros, to_micros
from mockserver.storage.store import Row, ScalarQuery, Space, body_of

_KIND = "_clock"


class Clock:
    """Kept in the world's own rows, so that snapshots keep it and a reset puts it back.

    A world that starts at a moment of its own (`start`) is frozen there until told otherwise.
    """

    def __init__(self, space: Space, start: datetime | None = None) -> None:
        self._space = space
        self._start = start

    @property
    def mode(self) -> str:
        """real, shifted or frozen."""
        state = self._state()
        if state["frozen_at"] is not None:
            return "frozen"
        return "shifted" if state["offset"] else "real"

    def now(self) -> datetime:
        """What the clock reads, in UTC, to the microsecond."""
        return self.parse(self._space.store.fetch(self.query())[0])

    def set(self, now: datetime) -> None:
        """Makes it read this; frozen stays frozen, running runs on from here."""
        if self._state()["frozen_at"] is not None:
            self._keep(frozen_at=to_micros(now))
        else:
            self._keep(offset=to_micros(now) - _real())

    def advance(self, by: timedelta) -> None:
        """Moves it; going back is allowed, what was done stays done.

        Raises `OverflowError` beyond the years 1 to 9999.
        """
        state, step = self._state(), by // MICROSECOND
        frozen_at = state["frozen_at"]
        # Moved by itself and not to a reading, which would be a little old by now.
        if frozen_at is not None:
            self._keep(frozen_at=frozen_at + step)
        else:
            self._keep(offset=state["offset"] + step)

    def freeze(self) -> None:
        """Stops it where it is."""
        self._keep(frozen_at=to_micros(self.now()))

    def unfreeze(self) -> None:
        """Lets it run on from where it is."""
        frozen_at = self._state()["frozen_at"]
        if frozen_at is not None:
            self._keep(offset=frozen_at - _real())

    def query(self) -> ScalarQuery:
        """What to ask the store for `reading`."""
        return body_of(self._space.name, _KIND, "clock")

    def parse(self, answer: bytes | None) -> datetime:
        """What the clock reads, by the answer to its question."""
        state = self._parsed(answer)
        frozen_at = state["frozen_at"]
        return from_micros(_real() + state["offset"] if frozen_at is None else frozen_at)

    def _state(self) -> dict[str, Any]:
        return self._parsed(self._space.store.fetch(self.query())[0])

    def _parsed(self, body: bytes | None) -> dict[str, Any]:
        if body is not None:
            state: dict[str, Any] = orjson.loads(body)
            return state
        return {"offset": 0, "frozen_at": to_micros(self._start) if self._start else None}

    def _keep(self, *, offset: int = 0, frozen_at: int | None = None) -> None:
        from_micros(
            _real() + offset if frozen_at is None else frozen_at
        )  # fails now rather than at every call from now on
        body = orjson.dumps({"offset": offset, "frozen_at": frozen_at})
        self._space.put(_KIND, Row("clock", "", 0, body))


def _real() -> int:
    return time.time_ns() // 1000
