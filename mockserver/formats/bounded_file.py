"""The content of a file that a user names, read up to a limit: the file may be endless, as /dev/zero is."""

from pathlib import Path
from typing import BinaryIO, Final

from mockserver.errors import FileTooLargeError

MAX_BYTES: Final = 64_000_000
"""The bytes of a file without a limit of its own."""


def read_file(path: Path, most: int = MAX_BYTES) -> bytes:
    """The bytes of the file. Raises `OSError`, and `FileTooLargeError` beyond `most` bytes."""
    with path.open("rb") as file:
        return read_stream(file, most)


def read_stream(file: BinaryIO, most: int) -> bytes:
    """The rest of a stream. Raises `OSError`, and `FileTooLargeError` beyond `most` bytes."""
    content = file.read(most + 1)
    if len(content) > most:
        raise FileTooLargeError(f"it is larger than {most:,} bytes; give a smaller file")
    return content
