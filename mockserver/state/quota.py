"""How much a world may keep: weighed now and then, and each time where it is near to full."""

from typing import Final

from mockserver.call import WireReply
from mockserver.errors import ShortCircuitError
from mockserver.formats.error_body import error_body
from mockserver.storage.store import Store

_FULL: Final = 507
_CALL: Final = 256  # bytes that a call is taken to write beside what it brings
_MANY: Final = 10_000
_AHEAD: Final = 8  # so many times what it brings a call may write without being noticed at once


class Quota:
    """Weighs worlds by the bytes of their own records, without those of the start that they stand on."""

    def __init__(self, store: Store, most: int | None) -> None:
        """`most`: so many bytes about; None: as many as the store takes."""
        self._store = store
        self._most = most
        self._left: dict[str, int] = {}

    def check(self, world: str, brought: int) -> None:
        """To be asked within the transaction of a call that brought so many bytes; what is full takes none.

        Raises `ShortCircuitError`: our own 507, since no vendor has words for it.
        """
        if self._most is None:
            return
        left = self._left.get(world, 0) - brought - _CALL
        if left <= 0:
            size = self._store.size(f"w/{world}")
            if size > self._most:
                raise ShortCircuitError(_full(world, self._most))
            left = (self._most - size) // _AHEAD
            if len(self._left) > _MANY:
                self._left.clear()  # most of them are of worlds that are gone
        self._left[world] = left


def _full(world: str, most: int) -> WireReply:
    fix = f"POST /_mock/worlds/{world}/reset, or have the server started with a larger --max-world-bytes"
    message = f"the world {world} would keep more than {most} bytes; {fix}"
    body = error_body("world_full", message)
    return WireReply(_FULL, {"Content-Type": "application/json"}, body)
