"""`mockserver journal`: shows the request log of a world on a running server."""

import json
import time
from pathlib import Path
from typing import Any

import click

from mockserver.call import Exchange
from mockserver.cli.display import choose_json, is_json_output, print_result, print_table
from mockserver.cli.server_options import with_world_argument
from mockserver.client import World, exchange_format

_HEADERS = ("#", "world's time", "call", "answer", "")
_POLL_SECONDS = 0.5


@click.command(short_help="Show the calls that reached a world, and why they failed.")
@click.option("--vendor", help="Show only exchanges with this vendor.")
@click.option("--operation", help="Show only exchanges of this operation.")
@click.option("--status", type=int, help="Show only exchanges with this response status.")
@click.option("--problem", help="Show only exchanges that ended with this problem.")
@click.option("--fault", help="Show only exchanges that a fault of this kind affected.")
@click.option("--method", help="Show only exchanges with this HTTP method.")
@click.option("--path", help="Show only exchanges with this path, as in the contract's paths.")
@click.option("--since", type=click.IntRange(1), help="Show only exchanges from this number on.")
@click.option("--until", type=click.IntRange(1), help="Show only exchanges up to this number.")
@click.option(
    "--flawed", is_flag=True, default=None, help="Show only exchanges with violations or unknown properties."
)
@click.option("--q", metavar="SEARCH", help="Show only what a search finds, such as 'status:4xx -is:fault'.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--full", is_flag=True, help="Print each exchange in full, with bodies and expectations.")
@click.option("--follow", is_flag=True, help="Keep printing new exchanges until Ctrl-C.")
@click.option(
    "--har",
    type=click.Path(path_type=Path),
    help="Write the exchanges to this file as an HTTP Archive (HAR).",
)
@with_world_argument
def journal(world: World, as_json: bool, full: bool, follow: bool, har: Path | None, **filters: Any) -> None:
    """Show the requests and responses in WORLD on a running server."""
    if as_json:
        choose_json()
    if har:
        _write(har, world.journal.archive(**filters))
    elif follow:
        _follow(world, full, filters)
    elif full and not is_json_output(full):
        for exchange in world.journal(**filters):
            click.echo(exchange_format.format_exchanges([exchange]) + "\n")
    else:
        found = world.journal(**filters)
        print_table(found, _HEADERS, lambda: map(_row, found), "no calls")


def _row(exchange: Exchange) -> list[object]:
    called, _, answer = exchange_format.format_summary(exchange).rpartition(" -> ")
    remarks = "  ".join(exchange_format.format_remarks(exchange))
    return [exchange["number"], exchange["at"], called, answer, remarks]


def _follow(world: World, full: bool, filters: dict[str, Any]) -> None:
    """Prints new exchanges until Ctrl-C: one line of JSON or of text for each, or all of it (`full`)."""
    seen, as_json = 0, is_json_output(full)
    try:
        while True:
            for exchange in world.journal(**filters, after=seen):
                seen = exchange["number"]
                if as_json:
                    click.echo(json.dumps(exchange, ensure_ascii=False))
                elif full:
                    click.echo(f"{exchange_format.format_exchanges([exchange])}\n")
                else:
                    click.echo(exchange_format.format_line(exchange))
            time.sleep(_POLL_SECONDS)
            seen = _cursor_after_reset(world, seen)
    except KeyboardInterrupt:
        return


def _cursor_after_reset(world: World, seen: int) -> int:
    """The number to continue after; 0 if the world was reset, because it then counts from 1 again."""
    gone = seen and not world.journal(since=seen, until=seen) and not world.journal(since=seen + 1)
    return 0 if gone else seen


def _write(path: Path, archive: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(archive, indent=2, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        message = f"cannot write {path} ({error.strerror}); choose another file"
        raise click.ClickException(message) from None
    count = len(archive["log"]["entries"])
    print_result({"exchanges": count, "file": str(path)}, f"{count} exchanges in {path}", text_in_pipes=True)
