"""Who has a value: values lie in a fixed number of drawers, by a checksum, and a drawer is one document.

A look-up reads one small document, and 100,000 people are a few thousand rows more, not as many as values.
"""

from collections.abc import Callable
from typing import Any, Final
from zlib import crc32

from mockserver.state.records import Records

_DRAWERS: Final = 4096


def bucket_id(key: str) -> str:
    """The id of the drawer that the key lies in."""
    return str(crc32(key.encode()) % _DRAWERS)


class BulkIndexBuilder:
    """Collects the keys of a whole population, then writes each drawer once.

    Until then a drawer is a list, key and id in turn: to fill lists takes a third of the time.
    """

    def __init__(self) -> None:
        self._drawers: list[list[str]] = [[] for _ in range(_DRAWERS)]

    def add(self, key: str, id: str) -> None:
        """Lets the id be found by the key, after those that are found by it already."""
        self._drawers[crc32(key.encode()) % _DRAWERS] += key, id

    def write(self, records: Records, kept: Callable[[list[str]], Any] = list) -> None:
        """Writes the drawers where there are none yet; `kept` is how the ids of a key are kept."""
        records.bulk_insert(
            (str(number), {key: kept(ids) for key, ids in _by_key(entries).items()}, "", 0)
            for number, entries in enumerate(self._drawers)
            if entries
        )


def _by_key(entries: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, id in zip(entries[::2], entries[1::2], strict=True):
        found.setdefault(key, []).append(id)
    return found
