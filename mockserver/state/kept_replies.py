"""The replies of one world that are sent again as long as nothing in it changes."""

from collections.abc import Hashable
from typing import Any, Final

_MAX_REPLIES: Final = 500
_MAX_BYTES: Final = 1024 * 1024
_MAX_BYTES_OF_ONE: Final = _MAX_BYTES // 4

State = tuple[Any, ...]
"""What the kept replies depend on: they are dropped when it differs."""


class KeptReplies:
    """Replies by call, all of one state of the world: at most 500 and 1 MiB, the newest.

    Used by one call at a time, which holds the world's lock.
    """

    def __init__(self) -> None:
        self._state: State | None = None
        self._replies: dict[Hashable, tuple[Any, int]] = {}
        self._bytes = 0

    def find(self, state: State, key: Hashable) -> Any:
        """The reply to the call if the world's state is the same; else None."""
        if state != self._state:
            return None
        found = self._replies.get(key)
        return found and found[0]

    def keep(self, state: State, key: Hashable, reply: object, size: int) -> None:
        """Keeps the reply, instead of those of another state and, if there are too many, of the oldest.

        `size` is about the bytes that it takes, with its key.
        """
        if state != self._state:
            self._state, self._replies, self._bytes = state, {}, 0
        _, replaced = self._replies.pop(key, (None, 0))
        self._bytes -= replaced
        if size > _MAX_BYTES_OF_ONE:
            return
        self._replies[key] = reply, size
        self._bytes += size
        while self._bytes > _MAX_BYTES or len(self._replies) > _MAX_REPLIES:
            _, oldest = self._replies.pop(next(iter(self._replies)))
            self._bytes -= oldest

    def __len__(self) -> int:
        return len(self._replies)
