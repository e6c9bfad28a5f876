"""Functions that read single values from the store in memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from mockserver.storage.collection import Entry, Kinds, body_of
from mockserver.storage.reads import Body, BodyOfParent, FirstBaseRank, FirstRank, LastRank, Read

Spaces = Mapping[str, Kinds]


def copied_entries(kinds: Kinds) -> dict[str, list[Entry]]:
    """The entries of a space by kind, tombstones included, in lists of their own."""
    return {kind: list(one.documents.values()) for kind, one in kinds.items()}


def kinds_with_entries(kinds: Kinds) -> set[str]:
    """The kinds of which a space has entries, tombstones included."""
    return {kind for kind, one in kinds.items() if one.documents}


def sorted_entries(entries: dict[str, list[Entry]]) -> Iterator[tuple[str, Entry]]:
    """The entries with their kinds, in order of (kind, id)."""
    for kind in sorted(entries):
        for entry in sorted(entries[kind], key=lambda one: one[1]):
            yield kind, entry


class PreparedReads:
    """Values that are read together, each again only when documents of its kind have changed.

    Used by one thread at a time. The kind of the last read is looked at by itself: the documents of the
    others hardly ever change.
    """

    def __init__(
        self,
        spaces: Spaces,
        versions: Mapping[str, int],
        mutex: AbstractContextManager[object],
        reads: Sequence[Read],
    ) -> None:
        """`versions` count the changes of each kind, in all spaces; `mutex` is held while lists are read."""
        self._versions = versions
        self._values: list[Any] = [None] * len(reads)
        groups: dict[tuple[str, ...], list[tuple[int, Callable[[], Any]]]] = {}
        for place, read in enumerate(reads):
            kinds = (read.kind, read.child_kind) if isinstance(read, BodyOfParent) else (read.kind,)
            groups.setdefault(kinds, []).append((place, _READERS[type(read)](spaces, mutex, *read)))
        found = [_Group(kinds, readers) for kinds, readers in groups.items()] or [_Group((), [])]
        *self._others, self._last = found
        self._other_kinds = [kind for group in self._others for kind in group.kinds]
        self._other_versions: list[int | None] = []

    def __call__(self) -> tuple[Any, ...]:
        """The values as they are now."""
        get, values = self._versions.get, self._values
        versions = list(map(get, self._other_kinds))
        if versions != self._other_versions:
            for group in self._others:
                group.read(get, values)
            self._other_versions = versions
        self._last.read(get, values)
        return tuple(values)


class _Group:
    """The reads of documents of one kind, or of two."""

    __slots__ = ("kinds", "readers", "version")

    def __init__(self, kinds: tuple[str, ...], readers: list[tuple[int, Callable[[], Any]]]) -> None:
        self.kinds = kinds
        self.readers = readers
        self.version: list[int | None] | None = None

    def read(self, version_of: Callable[[str], int | None], values: list[Any]) -> None:
        """Reads the values again if documents of the kinds have changed."""
        version = list(map(version_of, self.kinds))
        if version != self.version:
            for place, read in self.readers:
                values[place] = read()
            self.version = version


def _body(spaces: Spaces, _mutex: object, space: str, kind: str, id: str) -> Callable[[], bytes | None]:
    def read() -> bytes | None:
        kinds = spaces.get(space)
        collection = kinds.get(kind) if kinds is not None else None
        entry = collection.documents.get(id) if collection is not None else None
        return body_of(entry) if entry is not None else None

    return read


def _body_of_parent(
    spaces: Spaces, _mutex: object, space: str, kind: str, child_kind: str, child: str
) -> Callable[[], bytes | None]:
    def read() -> bytes | None:
        children = spaces.get(space, {}).get(child_kind)
        entry = children.documents.get(child) if children is not None else None
        return _body(spaces, None, space, kind, entry[2])() if entry is not None else None

    return read


def _last_rank(
    spaces: Spaces, mutex: AbstractContextManager[object], space: str, kind: str, parent: str
) -> Callable[[], int | None]:
    def read() -> int | None:
        kinds = spaces.get(space)
        collection = kinds.get(kind) if kinds is not None else None
        if collection is None:
            return None
        with mutex:
            return collection.last_rank(parent)

    return read


def _first_rank(
    spaces: Spaces, mutex: AbstractContextManager[object], space: str, kind: str, parent: str
) -> Callable[[], int | None]:
    def read() -> int | None:
        kinds = spaces.get(space)
        collection = kinds.get(kind) if kinds is not None else None
        if collection is None:
            return None
        with mutex:
            entries = collection.entries(parent)
            return entries[0][0] if entries else None

    return read


def _first_base_rank(
    spaces: Spaces, mutex: AbstractContextManager[object], space: str, base: str, kind: str, parent: str
) -> Callable[[], int | None]:
    def read() -> int | None:
        below = spaces.get(base)
        collection = below.get(kind) if below is not None else None
        if collection is None:
            return None
        own = spaces.get(space, {}).get(kind)
        hiding = own.documents if own is not None else {}
        with mutex:
            entries = collection.entries(parent)
            return next((entry[0] for entry in entries if entry[1] not in hiding), None)

    return read


_READERS: Mapping[type, Callable[..., Callable[[], Any]]] = {
    Body: _body,
    BodyOfParent: _body_of_parent,
    LastRank: _last_rank,
    FirstRank: _first_rank,
    FirstBaseRank: _first_base_rank,
}
