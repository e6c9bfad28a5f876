"""A world's clock: real, shifted (runs with an offset) or frozen."""

import time
from datetime import datetime, timedelta
from typing import TypedDict

import orjson

from mockserver.formats.timestamps import MICROSECOND, from_micros, to_micros
from mockserver.storage.layout import CLOCK
from mockserver.storage.reads import Body
from mockserver.storage.store import Row, Space


class ClockState(TypedDict):
    """Microseconds: the offset from the real time, and the time at which the clock is frozen, if it is."""

    offset: int
    frozen_at: int | None


class Clock:
    """The clock, stored in the world's space: snapshots include it and a reset restores it.

    A world with a start time (`start`) is frozen there until its clock is moved or unfrozen.
    """

    def __init__(self, space: Space, start: datetime | None = None) -> None:
        self._space = space
        self._start = start

    @property
    def mode(self) -> str:
        """real, shifted or frozen."""
        state = self.state()
        if state["frozen_at"] is not None:
            return "frozen"
        return "shifted" if state["offset"] else "real"

    def now(self) -> datetime:
        """The time of the clock, in UTC, to the microsecond."""
        return self.time(self.state())

    def set(self, now: datetime) -> None:
        """Sets the time: a frozen clock stays frozen, a running one runs on from there."""
        if self.state()["frozen_at"] is not None:
            self._save(frozen_at=to_micros(now))
        else:
            self._save(offset=to_micros(now) - _real_micros())

    def advance(self, by: timedelta) -> None:
        """Moves the clock. A negative step is allowed and undoes nothing.

        Raises `OverflowError` beyond the years 1 to 9999.
        """
        state, step = self.state(), by // MICROSECOND
        frozen_at = state["frozen_at"]
        # Add to the offset, not to a reading: a reading would already be slightly old.
        if frozen_at is not None:
            self._save(frozen_at=frozen_at + step)
        else:
            self._save(offset=state["offset"] + step)

    def freeze(self) -> None:
        """Stops the clock at its current time."""
        self._save(frozen_at=to_micros(self.now()))

    def unfreeze(self) -> None:
        """Lets the clock run on from its current time."""
        frozen_at = self.state()["frozen_at"]
        if frozen_at is not None:
            self._save(offset=frozen_at - _real_micros())

    def query(self) -> Body:
        """The read that `parse` needs."""
        return Body(self._space.name, CLOCK, "clock")

    def parse(self, result: bytes | None) -> ClockState:
        """The state of the clock, from what `query` reads."""
        if result is not None:
            state: ClockState = orjson.loads(result)
            return state
        return {"offset": 0, "frozen_at": to_micros(self._start) if self._start else None}

    @staticmethod
    def time(state: ClockState) -> datetime:
        """The time that a clock in this state shows now."""
        frozen_at = state["frozen_at"]
        return from_micros(_real_micros() + state["offset"] if frozen_at is None else frozen_at)

    def state(self) -> ClockState:
        """The stored state, or that of the start."""
        return self.parse(self._space.store.fetch(self.query())[0])

    def _save(self, *, offset: int = 0, frozen_at: int | None = None) -> None:
        # Convert once now: an overflow must fail here, not in every later call.
        from_micros(_real_micros() + offset if frozen_at is None else frozen_at)
        body = orjson.dumps({"offset": offset, "frozen_at": frozen_at})
        self._space.put(CLOCK, Row("clock", "", 0, body))


def _real_micros() -> int:
    return time.time_ns() // 1000
