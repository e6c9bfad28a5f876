"""The clock of a world."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from mockserver.client.connection import Connection

__tracebackhide__ = True  # a test that fails in here shows its own line
_UNITS: Final = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")


class Tick(NamedTuple):
    """What a clock reads, whether it is real, shifted or frozen, and how many jobs fell due on the way."""

    now: datetime
    mode: str
    jobs_run: int


class Clock:
    """The clock of one world: real, shifted or frozen. What falls due when it moves is done at once."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    def read(self) -> Tick:
        """What the clock reads, and whether it is real, shifted or frozen."""
        return _tick(self._connection.send("GET", self._path))

    def now(self) -> datetime:
        """What time it is in the world."""
        return self.read().now

    def advance(self, **duration: float) -> Tick:
        """Move forward by so much, in the words of `timedelta`: `advance(hours=2, minutes=30)`.

        Raises `TypeError` for a word that is none of them.
        """
        for word in duration:
            if word not in _UNITS:
                raise TypeError(f"a clock is advanced by no {word!r}; write {'=, '.join(_UNITS)}=")
        return self.change(advance=timedelta(**duration).total_seconds())

    def set(self, when: datetime | str) -> Tick:
        """Make it this time; a running clock goes on from there."""
        return self.change(now=moment(when))

    def freeze(self, at: datetime | str | None = None) -> Tick:
        """Let time stand still, now or at a moment."""
        return self.change(frozen=True) if at is None else self.change(frozen=True, now=moment(at))

    def unfreeze(self) -> Tick:
        """Let time go on from where it stands."""
        return self.change(frozen=False)

    def change(self, **change: object) -> Tick:
        """One PUT of the clock: any of `now`, `advance` (seconds, after `now`) and `frozen`."""
        return _tick(self._connection.send("PUT", self._path, change))


def _tick(reply: Mapping[str, Any]) -> Tick:
    return Tick(datetime.fromisoformat(reply["now"]), reply["mode"], reply["jobs_run"])


def moment(when: datetime | str) -> str:
    """A moment as it is sent. Raises ValueError for one without a time zone."""
    if isinstance(when, str):
        return when
    if when.tzinfo is None:
        raise ValueError(f"{when!r} has no time zone; write datetime(…, tzinfo=UTC)")
    return when.isoformat()
