"""Output of commands: tables and sentences on a terminal, JSON in a pipe."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from mockserver.formats.sanitize import escape

Rows = Iterable[Sequence[object]]


def print_table(
    value: object, headers: Sequence[str], rows: Callable[[], Rows], empty: str, summary: str = ""
) -> None:
    """Prints a table and its summary, or `empty` if there are no rows; in a pipe, `value` as JSON."""
    if not sys.stdout.isatty():
        _as_json(value)
        return
    cells = [[printable(cell) for cell in row] for row in rows()]
    if cells:
        _table(headers, cells)
        if summary:
            click.echo(summary)
    else:
        click.echo(empty)


def print_result(value: object, sentence: str) -> None:
    """Prints the sentence; in a pipe, `value` as JSON."""
    if sys.stdout.isatty():
        click.echo(sentence)
    else:
        _as_json(value)


def printable(value: object) -> str:
    """A value as one line of text without control characters; it may come from untrusted callers."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        value = "  ".join(f"{name}={one}" for name, one in value.items())
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _as_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _table(headers: Sequence[str], rows: list[list[str]]) -> None:
    # rich is imported on a terminal only: importing it takes longer than most commands.
    table: Any = import_module("rich.table").Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    text = import_module("rich.text").Text
    for row in rows:
        table.add_row(*map(text, row))
    import_module("rich.console").Console(file=sys.stdout, highlight=False).print(table)
