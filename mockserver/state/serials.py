"""The serial numbers of a vendor in a world."""

from mockserver.storage.layout import SERIAL
from mockserver.storage.store import Row, Space


class Serials:
    """Counts 1, 2, 3 …, stored in the world's space.

    An object of its own, so that records and jobs need not refer to the `World` that holds them: such a cycle
    is freed by the garbage collector alone, which does not run during long work.
    """

    __slots__ = ("_last", "_space", "_vendor")

    def __init__(self, space: Space, vendor: str) -> None:
        self._space = space
        self._vendor = vendor
        self._last: int | None = None

    def take(self, count: int = 1) -> int:
        """Reserves `count` numbers and returns the last."""
        if self._last is None:
            row = self._space.get(SERIAL, self._vendor)
            self._last = int(row.body or 0) if row else 0
        self._last += count
        self._space.put(SERIAL, Row(self._vendor, "", 0, str(self._last).encode()))
        return self._last
