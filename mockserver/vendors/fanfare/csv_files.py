"""Parser of CSV files of consumers; columns and limits are documented."""

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from mockserver.contract.json_body import read_json
from mockserver.errors import MockserverError, RowTooLongError, TooManyRowsError
from mockserver.formats.csv_rows import read_rows

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 1_000
BATCH_SIZE: Final = 1_000
"""Rows imported at a time."""

_MAX_DIGITS: Final = 15
"""Longer numbers lose precision in some JSON parsers; they stay strings."""

_IDENTIFIERS: Final = ("email", "phone", "externalId")
_COLUMNS: Final = (
    *_IDENTIFIERS, "firstName", "lastName", "fullName", "tags", "loyaltyPoints", "loyaltyTier", "metadata",
)  # fmt: skip
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE: Final = re.compile(r"\+[1-9][0-9]{1,14}")


class UnreadableFileError(MockserverError, ValueError):
    """A file without a usable header, or beyond the limits."""


class Batch(NamedTuple):
    """Rows of a file: the number of the first (from 1) and the cells; None for a row that is not UTF-8."""

    first: int
    rows: list[list[str] | None]


class RejectedRowError(MockserverError, ValueError):
    """A row that cannot be imported; the text is the vendor's name of the issue."""


def parse_file(raw: bytes) -> tuple[list[str], list[Batch]]:
    """The columns of a file ("" for an unknown one) and its rows in batches.

    Raises `UnreadableFileError`.
    """
    if len(raw) > MAX_BYTES:
        raise UnreadableFileError("File too large")
    # Bytes that are not UTF-8 become lone surrogates, so that only their own row is rejected.
    text = io.TextIOWrapper(io.BytesIO(raw), "utf-8-sig", errors="surrogateescape", newline="")
    rows = read_rows(text, MAX_ROWS + 1)
    try:
        columns = _parse_header(next(rows, []))
        return columns, list(_iterate_batches(rows, len(columns) + 1))
    except TooManyRowsError as error:
        raise UnreadableFileError("Too many rows") from error
    except RowTooLongError as error:
        raise UnreadableFileError("Row too long") from error


def parse_row(columns: Sequence[str], cells: Sequence[str] | None) -> dict[str, Any]:
    """The consumer fields of a row, without empty cells. Raises `RejectedRowError`."""
    if cells is None:
        raise RejectedRowError("Encoding error")
    if len(cells) > len(columns):
        raise RejectedRowError("Row too long")
    row = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}
    if not any(name in row for name in _IDENTIFIERS):
        raise RejectedRowError("Missing required field")
    if "email" in row and not _EMAIL.fullmatch(row["email"]):
        raise RejectedRowError("Invalid email")
    if "phone" in row and not _PHONE.fullmatch(row["phone"]):
        raise RejectedRowError("Invalid phone")
    fields: dict[str, Any] = {name: row[name] for name in _IDENTIFIERS if name in row}
    name = row.get("fullName") or " ".join(row[part] for part in ("firstName", "lastName") if part in row)
    metadata = _parse_metadata(row)
    return fields | ({"fullName": name} if name else {}) | ({"metadata": metadata} if metadata else {})


def _parse_header(header: Sequence[str]) -> list[str]:
    known = {name.casefold(): name for name in _COLUMNS}
    if len(header) > MAX_COLUMNS:
        raise UnreadableFileError("Row too long")
    columns = [known.get(cell.strip().casefold(), "") for cell in header]
    if not set(columns) & set(_IDENTIFIERS):
        raise UnreadableFileError("Missing header")
    return columns


def _iterate_batches(rows: Iterator[list[str]], most_cells: int) -> Iterator[Batch]:
    """The rows in batches; a row keeps at most `most_cells`, one more than there are columns."""
    first, batch = 1, Batch(1, [])
    for cells in rows:
        if len(batch.rows) == BATCH_SIZE:
            yield batch
            first += BATCH_SIZE
            batch = Batch(first, [])
        batch.rows.append(cells[:most_cells] if all(map(_is_text, cells)) else None)
    if batch.rows:
        yield batch


def _is_text(cell: str) -> bool:
    return cell.isascii() or not any("\ud800" <= char <= "\udfff" for char in cell)


def _parse_metadata(row: dict[str, str]) -> dict[str, Any]:
    """The metadata of a row, which includes the columns that consumers have no field for."""
    metadata: dict[str, Any] = {}
    if "metadata" in row:
        try:
            metadata = read_json(row["metadata"])
        except ValueError as error:
            raise RejectedRowError("Invalid metadata") from error
        if not isinstance(metadata, dict):
            raise RejectedRowError("Invalid metadata")
    if "tags" in row:
        metadata["tags"] = [tag.strip() for tag in row["tags"].split(",") if tag.strip()]
    if "loyaltyPoints" in row:
        metadata["loyaltyPoints"] = _parse_points(row["loyaltyPoints"])
    if "loyaltyTier" in row:
        metadata["loyaltyTier"] = row["loyaltyTier"]
    return metadata


def _parse_points(text: str) -> int | str:
    is_number = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    return int(text) if is_number else text
