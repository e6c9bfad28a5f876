"""Work that is due at a time of the day: guests' worlds end, and the default world is reset every day.

There is no background thread: the next call after the time does it first. Servers that share a store may all
do it; it is done once.
"""

import logging
import time
from datetime import UTC, datetime, timedelta
from datetime import time as TimeOfDay  # noqa: N812
from typing import Final

from mockserver.errors import StoreUnavailableError
from mockserver.formats.timestamps import to_iso
from mockserver.state.links import Links
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.layout import DAILY_RESET, ROOT_SPACE
from mockserver.storage.store import Row

_log = logging.getLogger("mockserver")
_SECONDS_BETWEEN: Final = 10.0  # between two looks for worlds that have ended


class Upkeep:
    """The work that a server does at times of the day, by the real time."""

    def __init__(self, worlds: Worlds, reset_daily: TimeOfDay | None = None) -> None:
        """The default world is reset every day at `reset_daily` (UTC); None: never."""
        self._worlds = worlds
        self._root = worlds.store.space(ROOT_SPACE)
        self._links = Links(worlds)
        self._time = reset_daily
        self._next = 0.0

    @property
    def is_daily(self) -> bool:
        """Whether calls to vendors have to look, too: they must not find the world of the day before."""
        return self._time is not None

    def run_if_due(self) -> None:
        """Does what is due. Raises `WouldBlockError` in a thread that must not wait."""
        now = time.time()
        if now < self._next:
            return
        try:
            if self._time is not None:
                self._reset_if_due(self._time, datetime.fromtimestamp(now, UTC))
            has_more = self._links.delete_expired()
        except StoreUnavailableError as error:
            _log.warning("ended worlds were not deleted: the store is not available (%s)", error)
            has_more = False
        self._next = now if has_more else now + self._seconds_until_next(now)

    def _seconds_until_next(self, now: float) -> float:
        if self._time is None:
            return _SECONDS_BETWEEN
        following = _last_time(self._time, datetime.fromtimestamp(now, UTC)) + timedelta(days=1)
        return max(0.0, min(_SECONDS_BETWEEN, following.timestamp() - now))

    def _reset_if_due(self, at: TimeOfDay, now: datetime) -> None:
        planned = int(_last_time(at, now).timestamp())
        if self._last_reset() >= planned:
            return
        with self._worlds.store.transaction():
            self._worlds.store.lock(DEFAULT_WORLD)
            last = self._last_reset()  # again, under the lock: another server may have been first
            if last >= planned:
                return
            if last:  # not at the first start, when there is nothing to put back
                self._worlds.reset(DEFAULT_WORLD)
                _log.info(
                    "reset the default world, as planned for %s", to_iso(datetime.fromtimestamp(planned, UTC))
                )
            self._root.put(DAILY_RESET, Row("", "", int(now.timestamp()), b"1"))
        self._worlds.signals.send(DEFAULT_WORLD)

    def _last_reset(self) -> int:
        return self._root.last_rank(DAILY_RESET)


def _last_time(at: TimeOfDay, now: datetime) -> datetime:
    """The last moment with this time of the day (UTC)."""
    today = datetime.combine(now.date(), at, UTC)
    return today if today <= now else today - timedelta(days=1)
