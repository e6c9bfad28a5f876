"""Fanfare: the parser of CSV files."""

import pytest

from mockserver.vendors.fanfare import csv_files


def test_file_at_the_row_limit() -> None:
    columns, batches = csv_files.parse_file(b"email\n" + b"a@b.example\n" * csv_files.MAX_ROWS)
    assert columns == ["email"]
    assert [batch.first for batch in batches] == list(range(1, csv_files.MAX_ROWS, csv_files.BATCH_SIZE))
    assert sum(len(batch.rows) for batch in batches) == csv_files.MAX_ROWS


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"email\n" + b"a@b.example\n" * (csv_files.MAX_ROWS + 1), "Too many rows"),
        (b"email\n" + b"a" * csv_files.MAX_BYTES, "File too large"),
        (b'email\n"' + b"a" * 200_000 + b'"\n', "Row too long"),
        (b"", "Missing header"),
        (b"name,city\nAda,London\n", "Missing header"),
        (b"\xff\xfe\n", "Missing header"),
    ],
)
def test_unreadable_files_are_rejected(raw: bytes, reason: str) -> None:
    with pytest.raises(csv_files.UnreadableFileError, match=reason):
        csv_files.parse_file(raw)


@pytest.mark.parametrize(
    ("cells", "issue"),
    [
        (None, "Encoding error"),
        (["", "", "", "extra"], "Row too long"),
        ([" ", "", "{}"], "Missing required field"),
        (["ada@localhost"], "Invalid email"),
        (["", "0201234567"], "Invalid phone"),
        (["ada@example.com", "", "[]"], "Invalid metadata"),
        (["ada@example.com", "", "{"], "Invalid metadata"),
    ],
)
def test_invalid_rows_are_rejected(cells: list[str] | None, issue: str) -> None:
    with pytest.raises(csv_files.RejectedRowError, match=issue):
        csv_files.parse_row(["email", "phone", "metadata"], cells)


def test_row_that_is_not_utf8_rejects_only_itself() -> None:
    _columns, (batch,) = csv_files.parse_file(b"email\n\xff@b.example\na@b.example\n")
    assert batch.rows == [None, ["a@b.example"]]
