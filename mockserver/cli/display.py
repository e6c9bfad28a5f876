"""Output of commands: tables and sentences on a terminal, JSON in a pipe, unless --format says otherwise."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from shutil import get_terminal_size
from typing import Any, Final

import click

from mockserver.formats.columns import align
from mockserver.formats.sanitize import escape

Rows = Iterable[Sequence[object]]
FORMATS: Final = ("text", "json")
_META_KEY: Final = "mockserver.format"
_GAP: Final = 2
_LEAST_WIDTH: Final = 24


def format_option() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--format` of a command; the functions of this module read it from the context."""
    return click.option(
        "--format",
        type=click.Choice(FORMATS),
        expose_value=False,
        callback=_store_format,
        help="Output format.  [default: text on a terminal, json in a pipe]",
    )


def _store_format(context: click.Context, _option: click.Parameter, chosen: str | None) -> None:
    if chosen:
        context.meta[_META_KEY] = chosen


def choose_json() -> None:
    """Lets the command print JSON, as `--format json` does."""
    click.get_current_context().meta[_META_KEY] = "json"


def is_json_output(text_in_pipes: bool = False) -> bool:
    """Whether the command prints JSON: as `--format` says, or else in a pipe unless `text_in_pipes`."""
    context = click.get_current_context(silent=True)
    chosen = context.meta.get(_META_KEY) if context else None
    if chosen is None:
        return not text_in_pipes and not sys.stdout.isatty()
    return bool(chosen == "json")


def print_table(
    value: object, headers: Sequence[str], rows: Callable[[], Rows], empty: str, summary: str = ""
) -> None:
    """Prints a table and its summary, or `empty` if there are no rows; or `value` as JSON."""
    print_formatted("json" if is_json_output() else "text", value, headers, rows, empty, summary)


def print_formatted(
    output_format: str,
    value: object,
    headers: Sequence[str],
    rows: Callable[[], Rows],
    empty: str,
    summary: str = "",
) -> None:
    """As `print_table`, in the format text or json wherever it is printed."""
    if output_format == "json":
        _as_json(value)
        return
    cells = [[printable(cell) for cell in row] for row in rows()]
    if cells:
        _table(headers, cells)
        if summary:
            click.echo(summary)
    else:
        click.echo(empty)


def print_result(value: object, sentence: str, text_in_pipes: bool = False) -> None:
    """Prints the sentence, or `value` as JSON."""
    if is_json_output(text_in_pipes):
        _as_json(value)
    else:
        click.echo(sentence)


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
    """Prints the rows in columns; a terminal that is wide enough for the others folds the last one."""
    if not sys.stdout.isatty() or _is_wider_than_terminal(headers, rows):
        # Without folding: a line is as long as it needs to be, so that it can be searched and copied.
        for line in align([list(headers), *rows]):
            click.echo(line)
        return
    # rich is imported on a terminal only: importing it takes longer than most commands.
    table: Any = import_module("rich.table").Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold", no_wrap=header is not headers[-1])
    text = import_module("rich.text").Text
    for row in rows:
        table.add_row(*map(text, row))
    import_module("rich.console").Console(file=sys.stdout, highlight=False).print(table)


def _is_wider_than_terminal(headers: Sequence[str], rows: list[list[str]]) -> bool:
    """Whether the columns before the last leave it too little to be read."""
    *others, last = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
    room = get_terminal_size().columns - sum(others) - _GAP * len(others)
    return room < min(last, _LEAST_WIDTH)
