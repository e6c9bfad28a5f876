"""The records that one call or job has changed: each as it was before, and as it is after."""

from typing import Final, NamedTuple

from mockserver.storage.store import Row

MAX_CHANGES: Final = 20_000
"""The changed records that one log remembers; it leaves out those beyond."""


class Change(NamedTuple):
    """One record before and after: None where it did not or does not exist."""

    before: Row | None
    after: Row | None


_new_change = tuple.__new__  # as Change(…) without a call in Python


class ChangeLog:
    """The changes of records of the kinds that collections show."""

    __slots__ = ("changes",)

    def __init__(self) -> None:
        self.changes: dict[tuple[str, str], Change] = {}
        """By kind and id, in the order of the first change of each."""

    def note(self, kind: str, id: str, before: Row | None, after: Row | None) -> None:
        """Logs one write; `before` is the record at this write."""
        key = (kind, id)
        earlier = self.changes.get(key)
        if earlier is not None:
            self.changes[key] = Change(earlier.before, after)
        elif len(self.changes) < MAX_CHANGES:
            self.changes[key] = _new_change(Change, (before, after))
