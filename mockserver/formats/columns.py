"""Text in columns of equal width."""

from collections.abc import Iterator


def align(rows: list[list[str]]) -> Iterator[str]:
    """The rows as lines; every row has the same number of cells."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
