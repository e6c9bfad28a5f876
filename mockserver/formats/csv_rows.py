"""Reads CSV row by row within bounds: a small compressed file can hold millions of rows."""

import csv
import io
from collections.abc import Iterator
from typing import Final, TextIO

from mockserver.errors import FileTooLargeError, RowTooLongError, TooManyRowsError

MAX_ROW_LENGTH: Final = 256 * 1024
"""The longest row in characters; one cell has at most 131,072 (a limit of Python's `csv`)."""

MAX_EMPTY_LINES: Final = 100_000


def read_rows(text: TextIO, max_rows: int) -> Iterator[list[str]]:
    """The rows, header included, without empty lines, as they are read.

    Raises `RowTooLongError`, and `TooManyRowsError` beyond `max_rows` or `MAX_EMPTY_LINES`.
    """
    lines = _Lines(text)
    rows = empty = 0
    try:
        for cells in csv.reader(lines):
            lines.row_length = 0
            rows, empty = (rows + 1, empty) if cells else (rows, empty + 1)
            if rows > max_rows or empty > MAX_EMPTY_LINES:
                raise TooManyRowsError(f"more than {max_rows} rows, or {MAX_EMPTY_LINES} empty lines")
            if cells:
                yield cells
    except csv.Error as error:
        raise RowTooLongError(f"not CSV: {error}") from error


class _Lines:
    """The lines of a text; a row may span several of them."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.row_length = 0
        """The length of the lines that were read since the last row."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_ROW_LENGTH + 1)
        self.row_length += len(line)
        if not line:
            raise StopIteration
        if self.row_length > MAX_ROW_LENGTH:
            raise RowTooLongError(f"a row has more than {MAX_ROW_LENGTH} characters")
        return line


class BoundedReader(io.RawIOBase):
    """A binary stream that ends with `FileTooLargeError` after `most` bytes."""

    def __init__(self, source: io.BufferedIOBase, most: int) -> None:
        self._source = source
        self._most = most
        self._left = most

    def readable(self) -> bool:
        """True: it can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Reads the next bytes. Raises `FileTooLargeError`."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        chunk = self._source.read(len(view))
        self._left -= len(chunk)
        if self._left < 0:
            raise FileTooLargeError(f"larger than {self._most} bytes")
        view[: len(chunk)] = chunk
        return len(chunk)
