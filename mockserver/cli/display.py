"""What a command shows: tables and sentences on a terminal, JSON in a pipe."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from mockserver.formats.sanitize import escape

Rows = Iterable[Sequence[object]]


def show(
    value: object, heads: Sequence[str], rows: Callable[[], Rows], nothing: str, summary: str = ""
) -> None:
    """A table of the rows and a summary, or the sentence where there are none; in a pipe the value."""
    if not sys.stdout.isatty():
        _as_json(value)
        return
    shown = [[printable(cell) for cell in row] for row in rows()]
    if shown:
        _table(heads, shown)
        if summary:
            click.echo(summary)
    else:
        click.echo(nothing)


def tell(value: object, sentence: str) -> None:
    """The sentence; in a pipe the value."""
    if sys.stdout.isatty():
        click.echo(sentence)
    else:
        _as_json(value)


def printable(value: object) -> str:
    """What callers may have sent, harmless to a terminal: nothing of it moves a cursor or ends a line."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        value = "  ".join(f"{name}={one}" for name, one in value.items())
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _as_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _table(heads: Sequence[str], rows: list[list[str]]) -> None:
    # rich is loaded where a person looks, and nowhere else: it costs more than most commands take.
    table: Any = import_module("rich.table").Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")
    text = import_module("rich.text").Text
    for row in rows:
        table.add_row(*map(text, row))
    import_module("rich.console").Console(file=sys.stdout, highlight=False).print(table)
