"""The file of an HTTP Archive: JSON, or a zip of it with the bodies in files, as Playwright writes."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from mockserver.errors import InvalidEntryError, ReplyLimitError
from mockserver.verify.limits import MEBIBYTE, describe_bytes

MAX_BODY_BYTES: Final = 64 * MEBIBYTE  # decompressed
_ZIP: Final = b"PK\x03\x04"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class HarFile(Protocol):
    """The text of an archive, and the files that its entries name."""

    text: bytes

    def attached(self, name: str) -> bytes:
        """The body in the file of this name. Raises `InvalidEntryError` and `ReplyLimitError`."""


@contextmanager
def open_har(path: Path, max_bytes: int) -> Iterator[HarFile]:
    """The archive at the path.

    Raises `OSError`, `InvalidEntryError`, `ReplyLimitError`, and `zipfile.BadZipFile`.
    """
    with path.open("rb") as file:
        is_zip = file.read(len(_ZIP)) == _ZIP
    if not is_zip:
        yield _Folder(path, max_bytes)
        return
    with zipfile.ZipFile(path) as archive:
        yield _Zip(archive, max_bytes)


class _Folder:
    """An archive as a file, with its bodies beside it."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._folder = path.parent
        with path.open("rb") as file:
            self.text = _checked(file.read(max_bytes + 1), max_bytes).removeprefix(_BYTE_ORDER_MARK)

    def attached(self, name: str) -> bytes:
        """The body in the file beside it. Files elsewhere are not read: an archive comes from others."""
        file = self._folder / name
        if Path(name).name != name or not file.is_file():
            raise InvalidEntryError(f"its body, the file {name}, is not beside it")
        with file.open("rb") as content:
            return _body(name, content.read(MAX_BODY_BYTES + 1))


class _Zip:
    """An archive in a zip, with its bodies."""

    def __init__(self, archive: zipfile.ZipFile, max_bytes: int) -> None:
        self._archive = archive
        names = [name for name in archive.namelist() if name.endswith(".har")]
        if len(names) != 1:
            raise InvalidEntryError(f"the zip has {len(names) or 'no'} files that end in .har")
        content = self._read(names[0], max_bytes)
        if content is None:
            raise InvalidEntryError(f"the file {names[0]} cannot be read from the zip")
        self.text = _checked(content, max_bytes)

    def attached(self, name: str) -> bytes:
        """The body in the file of the zip."""
        content = self._read(name, MAX_BODY_BYTES)
        if content is None:
            raise InvalidEntryError(f"its body, the file {name}, cannot be read from the zip")
        return _body(name, content)

    def _read(self, name: str, most: int) -> bytes | None:
        """The content of a file, up to one byte more than this; None if it cannot be read."""
        try:
            with self._archive.open(name) as content:
                return content.read(most + 1)
        except (
            Exception
        ):  # missing, encrypted, damaged, or compressed in one of many ways: each has its error
            return None


def _checked(content: bytes, most: int) -> bytes:
    if len(content) > most:
        fix = "raise --max-file-bytes, or record less"
        raise ReplyLimitError(f"the file is larger than {describe_bytes(most)}; {fix}")
    return content


def _body(name: str, content: bytes) -> bytes:
    if len(content) > MAX_BODY_BYTES:
        raise ReplyLimitError(f"the body {name} is larger than {describe_bytes(MAX_BODY_BYTES)}")
    return content
