"""Counts that the processes of one server share: each writes its own file, and reads those of the others.

The files are written, not mapped into memory: where a full disk refuses a write, a mapped page would end the
process by a signal. What could not be written stays in memory, and is written as soon as there is room.
"""

import logging
import os
import struct
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkstemp
from threading import Lock
from typing import Final

import orjson

from mockserver.formats.sanitize import escape

_log = logging.getLogger("mockserver")
_HEAD: Final = struct.Struct("<II")  # the bytes of the key, and how many numbers follow it
_WORD: Final = 8  # every number lies on a multiple of it, so that no reader sees half of one

Key = tuple[str, ...]


class SharedCounts:
    """Rows of numbers by key: those of this process, and of all others with the same folder."""

    def __init__(self, folder: str | None = None) -> None:
        """Without a `folder`, the counts are those of this process alone."""
        self._file = _CountFile(Path(folder)) if folder is not None else None
        self._rows: dict[Key, list[float]] = {}
        self._places: dict[Key, int] = {}
        self._is_shared = True
        self._lock = Lock()

    def add(self, key: Key, numbers: Sequence[float]) -> None:
        """Adds to the row of a key; one key always has the same number of numbers."""
        with self._lock:
            row = self._rows.get(key)
            if row is None:
                row = self._rows[key] = [0.0] * len(numbers)
                if self._file is not None:
                    self._places[key] = self._file.append(key, len(numbers))
            for at, number in enumerate(numbers):
                row[at] += number
            if self._file is not None:
                self._share(self._file, key, row)

    def totals(self) -> dict[Key, list[float]]:
        """The sums of all processes, also of those that have ended."""
        with self._lock:
            sums = {key: [*row] for key, row in self._rows.items()}
        if self._file is None:
            return sums
        try:
            for key, row in self._file.rows_of_others():
                sums[key] = [sum(pair) for pair in zip(sums.get(key, [0.0] * len(row)), row, strict=True)]
        except OSError as error:
            _log.warning("the metrics of the other workers cannot be read (%s)", escape(str(error)))
        return sums

    def _share(self, file: "_CountFile", key: Key, row: list[float]) -> None:
        try:
            file.write(self._places[key], row)
        except OSError as error:
            if self._is_shared:
                reason, folder = error.strerror, escape(str(file.folder))
                what = "a worker counts for itself: its metrics cannot be written (%s); free space in %s"
                _log.warning(what, reason, folder)
            self._is_shared = False
        else:
            self._is_shared = True


class _CountFile:
    """The file of one process, with its whole content in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder: Path = folder
        self._name: str | None = None
        self._content = bytearray()
        self._descriptor = -1
        self._saved = 0  # bytes, from the start

    def append(self, key: Key, size: int) -> int:
        """Makes room for the row of a new key, and returns where its numbers begin."""
        name = orjson.dumps(key)
        name += b" " * (-len(name) % _WORD)
        self._content += _HEAD.pack(len(name), size) + name
        place = len(self._content)
        self._content += bytes(size * _WORD)
        return place

    def write(self, place: int, row: list[float]) -> None:
        """Writes numbers, and what could not be written before. Raises `OSError`."""
        struct.pack_into(f"<{len(row)}d", self._content, place, *row)
        if self._descriptor < 0:
            self._open()
        self._put(place, min(place + len(row) * _WORD, self._saved))
        self._put(self._saved, len(self._content))

    def rows_of_others(self) -> Iterator[tuple[Key, list[float]]]:
        """The rows of all other files in the folder. Raises `OSError`."""
        for path in self.folder.iterdir():
            if path.name != self._name:
                yield from _read(path.read_bytes())

    def _put(self, start: int, end: int) -> None:
        while start < end:
            start += os.pwrite(self._descriptor, memoryview(self._content)[start:end], start)
            self._saved = max(self._saved, start)

    def _open(self) -> None:
        self._descriptor, path = mkstemp(dir=self.folder)
        self._name = Path(path).name
        weakref.finalize(self, os.close, self._descriptor)


def _read(content: bytes) -> Iterator[tuple[Key, list[float]]]:
    """The rows of a file, without one that is not whole yet."""
    at = 0
    while at + _HEAD.size <= len(content):
        length, size = _HEAD.unpack_from(content, at)
        start = at + _HEAD.size + length
        at = start + size * _WORD
        if at > len(content):
            return
        yield (
            tuple(orjson.loads(content[start - length : start])),
            [*struct.unpack_from(f"<{size}d", content, start)],
        )
