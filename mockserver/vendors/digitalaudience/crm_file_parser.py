"""Parser for files of CRM data: path, compression and CSV columns. Paths and columns are documented."""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from mockserver.errors import FileTooLargeError, MockserverError, RowTooLongError, TooManyRowsError
from mockserver.formats.csv_rows import BoundedReader, read_rows
from mockserver.vendors.digitalaudience import identifier_hashing

OPT_IN, OPT_OUT, REPLACE = "opt-in", "opt-out", "replace"

_PATH: Final = re.compile(
    r"/?onboard/audience=([0-9]{1,18})/(opt-in|opt-out|replace)/([0-9]{8}_[0-9]{6})(?i:\.csv(?:\.gz|\.zip)?)",
    re.ASCII,
)
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")  # the second is an empty archive
_ZIP_END: Final = b"PK\x05\x06"
_MAX_ZIP_DIRECTORY: Final = 256 * 1024
MAX_BYTES: Final = 32 * 1024 * 1024
"""The most bytes of a file once it is decompressed. This and the following limits are inferred."""

MAX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 1_000
_COLUMNS: Final = {
    "email_sha256": "EMAIL",
    "email": "EMAIL",
    "phone_sha256": "PHONE",
    "phone": "PHONE",
    "address_sha256": "POSTALADDRESS",
    "personal_id_sha256": "SECURITYNUMBER",
    "personal id": "SECURITYNUMBER",
    "aaid": "AAID",
    "idfa": "IDFA",
    "custom": "CUSTOM",
    "extra": "CUSTOM",
}
_ADDRESS_COLUMNS: Final = ("postal code", "house number", "extension", "apartment", "street")
_HASH_COLUMNS: Final = ("email_sha256", "phone_sha256", "address_sha256", "personal_id_sha256")

Row = dict[str, str | None]
"""Type of identifier: hash; None for a value that is not an identifier of the type."""


class UploadPath(NamedTuple):
    """The audience and the mode that the path of a file names."""

    audience_id: int
    mode: str


class UnusableFileError(MockserverError, ValueError):
    """Raised for a file without usable rows."""


class ParsedFile(NamedTuple):
    """The types of identifiers for which a file has columns, and its rows."""

    types: tuple[str, ...]
    rows: list[Row]


def parse_path(path: str) -> UploadPath:
    """Parses `onboard/audience=<id>/<mode>/<YYYYMMDD_HHmmss>.csv` (or `.csv.gz`, `.csv.zip`, in any case).

    Raises `ValueError` for another form, or for a date that does not exist.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise ValueError(
            "the path is not onboard/audience=<id>/<mode>/<YYYYMMDD_HHmmss>.csv, .csv.gz or .csv.zip"
        )
    datetime.strptime(match[3], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
    return UploadPath(int(match[1]), match[2])


def parse_file(raw: bytes) -> ParsedFile:
    """The types and rows of a file.

    Raises `UnusableFileError` if it cannot be decompressed, is not UTF-8 CSV, has no known column, or is
    larger than `MAX_BYTES`, `MAX_ROWS` or `MAX_COLUMNS`.
    """
    try:
        with _unpacked(raw) as unpacked:
            content = io.BufferedReader(BoundedReader(unpacked, MAX_BYTES))
            rows = read_rows(io.TextIOWrapper(content, "utf-8-sig", newline=""), MAX_ROWS + 1)
            header = [cell.strip().casefold() for cell in next(rows, [])]
            types = _column_types(header)
            return ParsedFile(types, [_parse_row(cells) for cells in _read_cells(header, rows)])
    except UnicodeDecodeError as error:
        raise UnusableFileError("not UTF-8") from error
    except (FileTooLargeError, RowTooLongError, TooManyRowsError) as error:
        raise UnusableFileError(str(error)) from error
    except (OSError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        raise UnusableFileError("broken gzip or zip") from error


def _unpacked(raw: bytes) -> AbstractContextManager[Any]:
    """A stream of the content of a gzip file, or of a zip archive of one file; other bytes unchanged."""
    if raw.startswith(_GZIP):
        return gzip.open(io.BytesIO(raw))
    if raw.startswith(_ZIP):
        return _open_zip(raw)
    return io.BytesIO(raw)


def _open_zip(raw: bytes) -> AbstractContextManager[Any]:
    # Before zipfile reads it: a directory of 32 MB lists a million files.
    end = raw.rfind(_ZIP_END)
    size = int.from_bytes(raw[end + 12 : end + 16], "little") if end >= 0 else 0
    entries = zipfile.ZipFile(io.BytesIO(raw)).infolist() if size <= _MAX_ZIP_DIRECTORY else []
    if len(entries) != 1:
        raise UnusableFileError("a zip archive must contain one file")
    if entries[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnusableFileError("a zip archive must be deflated")  # the other methods expand without bounds
    return zipfile.ZipFile(io.BytesIO(raw)).open(entries[0])


def _column_types(header: list[str]) -> tuple[str, ...]:
    if len(header) > MAX_COLUMNS:
        raise UnusableFileError(f"more than {MAX_COLUMNS} columns")
    types = {_COLUMNS[name]: True for name in header if name in _COLUMNS}
    if _ADDRESS_COLUMNS[0] in header:
        types["POSTALADDRESS"] = True
    if not types:
        raise UnusableFileError("no known column")
    return tuple(types)


def _read_cells(header: list[str], lines: Iterator[list[str]]) -> Iterator[Mapping[str, str]]:
    for cells in lines:
        yield {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}


def _parse_row(cells: Mapping[str, str]) -> Row:
    """One identifier per type: the first usable one, if several columns have the same type."""
    row: Row = {}
    for name, type in _COLUMNS.items():
        if name in cells and row.get(type) is None:
            row[type] = _hash_cell(name, type, cells[name])
    if row.get("POSTALADDRESS") is None and any(name in cells for name in _ADDRESS_COLUMNS):
        row["POSTALADDRESS"] = identifier_hashing.hash_address(
            *(cells.get(name, "") for name in _ADDRESS_COLUMNS)
        )
    return row


def _hash_cell(column: str, type: str, value: str) -> str | None:
    if column in _HASH_COLUMNS and len(value) != 64:
        return None
    return identifier_hashing.hash_identifier(type, value)


def usable_identifiers(row: Row) -> dict[str, Any]:
    """The identifiers of a row, without values that are not identifiers."""
    return {type: value for type, value in row.items() if value is not None}
