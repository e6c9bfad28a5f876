"""What the commands list: a table on a terminal, JSON where it is piped."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mockserver.plain import plain

Row = Mapping[str, Any]


def show(rows: Sequence[Row], columns: Mapping[str, Callable[[Row], object]], nothing: str) -> None:
    """The rows whole as JSON; on a terminal columns (title: what of the row stands there), or `nothing`.

    What others have sent is in there: nothing of it moves a cursor or counts as markup.
    """
    if not sys.stdout.isatty():
        click.echo(json.dumps(list(rows), indent=2, ensure_ascii=False))
        return
    if not rows:
        click.echo(nothing)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in columns:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(read(row))) for read in columns.values()))
    Console().print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        value = "  ".join(f"{name}={one}" for name, one in value.items())
    return plain(str(value))
