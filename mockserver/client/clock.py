"""The clock of a world."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from mockserver.client.connection import Connection
from mockserver.formats.durations import to_seconds

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module
_UNITS: Final = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")


class Tick(NamedTuple):
    """A reading of the clock: its time, its mode (real, shifted, frozen), and the number of jobs that ran."""

    now: datetime
    mode: str
    jobs_run: int


class Clock:
    """The clock of one world: real, shifted or frozen. Moving it runs the jobs that become due."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path
        self.after_change: Callable[[Tick], object] = lambda _tick: None
        """Called after this client has changed the clock."""

    def read(self) -> Tick:
        """The clock's time and mode."""
        return _parse_tick(self._connection.send("GET", self._path))

    def now(self) -> datetime:
        """The world's current time."""
        return self.read().now

    def advance(self, duration: timedelta | float | str | None = None, /, **units: float) -> Tick:
        """Move the clock forward: `advance("1d12h")`, a timedelta, seconds, or `advance(hours=2)`.

        Raises `TypeError` for an unknown argument or none, `ValueError` for text that is not a duration.
        """
        for unit in units:
            if unit not in _UNITS:
                raise TypeError(f"advance() has no argument {unit!r}; use {'=, '.join(_UNITS)}=")
        if (duration is None) == (not units):
            raise TypeError('advance() takes one duration; use advance("2h") or advance(hours=2)')
        return self.change(advance=to_seconds(timedelta(**units) if duration is None else duration))

    def set(self, when: datetime | str) -> Tick:
        """Set the time; a running clock continues from there."""
        return self.change(now=format_moment(when))

    def freeze(self, at: datetime | str | None = None) -> Tick:
        """Stop the clock, at the current time or at the given one."""
        return self.change(frozen=True) if at is None else self.change(frozen=True, now=format_moment(at))

    def unfreeze(self) -> Tick:
        """Let the clock run on from its current time."""
        return self.change(frozen=False)

    def change(self, **change: object) -> Tick:
        """Send one PUT for the clock: any of `now`, `advance` (seconds, after `now`) and `frozen`."""
        tick = _parse_tick(self._connection.send("PUT", self._path, change))
        self.after_change(tick)
        return tick


def _parse_tick(reply: Mapping[str, Any]) -> Tick:
    return Tick(datetime.fromisoformat(reply["now"]), reply["mode"], reply["jobs_run"])


def format_moment(when: datetime | str) -> str:
    """The moment in ISO 8601, as it is sent. Raises `ValueError` for a datetime without a time zone."""
    if isinstance(when, str):
        return when
    if when.tzinfo is None:
        raise ValueError(f"{when!r} has no time zone; use datetime(…, tzinfo=UTC)")
    return when.isoformat()
