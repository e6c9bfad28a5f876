"""The named locks of the store in memory, and how long threads wait for them."""

import threading
from collections.abc import Iterator
from typing import Final

from mockserver.errors import StoreUnavailableError, WouldBlockError
from mockserver.storage.no_waiting import ThreadState

_TIMEOUT: Final = 120.0  # seconds that a call waits for another one in the same world


class LockOwner(list[str]):
    """The locks of a transaction, by their names, and the one that it waits for."""

    __slots__ = ("waits_for",)

    def __init__(self) -> None:
        self.waits_for: str | None = None


class NamedLocks:
    """Locks that exist while somebody has them."""

    def __init__(self, state: ThreadState) -> None:
        """`state` says how long the current thread may wait."""
        self._state = state
        self._owners: dict[str, LockOwner] = {}
        self._released = threading.Condition()
        self._waiting = 0

    def __len__(self) -> int:
        return len(self._owners)

    def __iter__(self) -> Iterator[str]:
        return iter(self._owners)

    def take(self, name: str, owner: LockOwner) -> None:
        """Takes a lock, unless the owner has it. Raises `WouldBlockError`, `StoreUnavailableError`."""
        found = self._owners.setdefault(name, owner)  # atomic
        if found is not owner:
            self._wait_for(name, owner)
        elif name in owner:
            return
        owner.append(name)

    def wait_until_free(self, name: str) -> None:
        """Waits until the lock is free. Raises `WouldBlockError`, `StoreUnavailableError`."""
        owner = LockOwner()
        self.take(name, owner)
        self.release(owner)

    def release(self, owner: LockOwner) -> None:
        """Gives back all locks of the owner."""
        for name in owner:
            del self._owners[name]
        if self._waiting:
            with self._released:
                self._released.notify_all()

    def _wait_for(self, name: str, owner: LockOwner) -> None:
        state = self._state
        if not state.waits:
            raise WouldBlockError(name)
        with self._released:
            self._waiting += 1
            owner.waits_for = name
            try:
                if self._is_deadlock(owner):
                    waits = f"another call that holds {name!r} waits for this one"
                    raise StoreUnavailableError(waits, again=True)
                is_ours = self._released.wait_for(
                    lambda: self._owners.setdefault(name, owner) is owner, state.most_seconds(_TIMEOUT)
                )
            finally:
                self._waiting -= 1
                owner.waits_for = None
        if not is_ours:
            if not state.has_given_up(_TIMEOUT):
                raise WouldBlockError(name)
            raise StoreUnavailableError(f"another call has held {name!r} for two minutes", again=False)

    def _is_deadlock(self, owner: LockOwner) -> bool:
        """Whether the holder of what the owner waits for waits for the owner, directly or not."""
        one: LockOwner | None = owner
        while one is not None and one.waits_for is not None:
            one = self._owners.get(one.waits_for)
            if one is owner:
                return True
        return False
