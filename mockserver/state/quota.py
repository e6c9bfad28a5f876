"""Per-world storage quota: measured periodically, and on every call once a world is close to its limit."""

from typing import Final

from mockserver.call import WireReply
from mockserver.errors import ShortCircuitError
from mockserver.formats.error_body import error_body
from mockserver.storage.layout import world_space_name
from mockserver.storage.store import Store

_INSUFFICIENT_STORAGE: Final = 507
_BYTES_PER_CALL: Final = 256  # estimate of what a call writes in addition to its own body
_MAX_WORLDS_REMEMBERED: Final = 10_000
_CHECK_AHEAD: Final = 8  # a call may write this many times its own size before the next measurement


class Quota:
    """Limits the bytes of each world's own records; the seed data does not count."""

    def __init__(self, store: Store, max_bytes: int | None) -> None:
        """`max_bytes` is approximate; None: unlimited."""
        self._store = store
        self._max_bytes = max_bytes
        self._left: dict[str, int] = {}

    def check(self, world: str, request_bytes: int) -> None:
        """Checks the quota; call it inside the request's transaction with the size of the request.

        Raises `ShortCircuitError` with a 507 of this server, since no vendor has an error for it.
        """
        if self._max_bytes is None:
            return
        left = self._left.get(world, 0) - request_bytes - _BYTES_PER_CALL
        if left <= 0:
            size = self._store.size(world_space_name(world))
            if size > self._max_bytes:
                raise ShortCircuitError(_quota_exceeded(world, self._max_bytes))
            left = (self._max_bytes - size) // _CHECK_AHEAD
            if len(self._left) > _MAX_WORLDS_REMEMBERED:
                self._left.clear()  # other servers have deleted most of these worlds
        self._left[world] = left

    def forget(self, world: str) -> None:
        """Drops what is remembered of a world that was deleted."""
        self._left.pop(world, None)


def _quota_exceeded(world: str, max_bytes: int) -> WireReply:
    fix = f"POST /_mock/worlds/{world}/reset, or start the server with a larger --max-world-bytes"
    message = f"the world {world} exceeds its quota of {max_bytes} bytes; {fix}"
    body = error_body("world_full", message)
    return WireReply(_INSUFFICIENT_STORAGE, {"Content-Type": "application/json"}, body)
