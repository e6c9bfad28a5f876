"""Functions that read single values from the store in memory."""

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.storage.collection import Kinds, body_of
from mockserver.storage.reads import Body, BodyOfParent, FirstBaseRank, FirstRank, LastRank, Read

Spaces = Mapping[str, Kinds]


def reader(spaces: Spaces, read: Read) -> Callable[[], Any]:
    """A function that reads the value as it is when it is called."""
    return _READERS[type(read)](spaces, *read)


def _body(spaces: Spaces, space: str, kind: str, id: str) -> Callable[[], bytes | None]:
    def read() -> bytes | None:
        kinds = spaces.get(space)
        collection = kinds.get(kind) if kinds is not None else None
        entry = collection.documents.get(id) if collection is not None else None
        return body_of(entry) if entry is not None else None

    return read


def _body_of_parent(
    spaces: Spaces, space: str, kind: str, child_kind: str, child: str
) -> Callable[[], bytes | None]:
    def read() -> bytes | None:
        children = spaces.get(space, {}).get(child_kind)
        entry = children.documents.get(child) if children is not None else None
        return _body(spaces, space, kind, entry[2])() if entry is not None else None

    return read


def _last_rank(spaces: Spaces, space: str, kind: str, parent: str) -> Callable[[], int | None]:
    def read() -> int | None:
        kinds = spaces.get(space)
        collection = kinds.get(kind) if kinds is not None else None
        return collection.last_rank(parent) if collection is not None else None

    return read


def _first_rank(spaces: Spaces, space: str, kind: str, parent: str) -> Callable[[], int | None]:
    def read() -> int | None:
        kinds = spaces.get(space)
        collection = kinds.get(kind) if kinds is not None else None
        entries = collection.live.get(parent) if collection is not None else None
        return entries[0][0] if entries else None

    return read


def _first_base_rank(
    spaces: Spaces, space: str, base: str, kind: str, parent: str
) -> Callable[[], int | None]:
    def read() -> int | None:
        below = spaces.get(base)
        collection = below.get(kind) if below is not None else None
        entries = collection.live.get(parent) if collection is not None else None
        if not entries:
            return None
        own = spaces.get(space, {}).get(kind)
        if own is None:
            return entries[0][0]
        return next((entry[0] for entry in entries if entry[1] not in own.documents), None)

    return read


_READERS: Mapping[type, Callable[..., Callable[[], Any]]] = {
    Body: _body,
    BodyOfParent: _body_of_parent,
    LastRank: _last_rank,
    FirstRank: _first_rank,
    FirstBaseRank: _first_base_rank,
}
