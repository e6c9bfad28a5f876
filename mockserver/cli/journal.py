"""`mockserver journal`: shows the request log of a world on a running server."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from mockserver.call import Exchange
from mockserver.cli.display import print_table
from mockserver.cli.server_options import connect, server_options
from mockserver.client import World, exchange_format

_HEADERS = ("#", "world's time", "call", "answer", "")
_POLL_SECONDS = 0.5


@click.command()
@click.argument("world", default="default")
@server_options()
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
@click.option("--json", "as_json", is_flag=True, help="Print whole exchanges as JSON, as in a pipe.")
@click.option("--full", is_flag=True, help="Print each exchange in full, with bodies and expectations.")
@click.option("--follow", is_flag=True, help="Keep printing new exchanges until Ctrl-C.")
@click.option(
    "--har",
    type=click.Path(path_type=Path),
    help="Write the exchanges to this file as an HTTP Archive (HAR).",
)
def journal(
    world: str, url: str, as_json: bool, full: bool, follow: bool, har: Path | None, **filters: Any
) -> None:
    """Show the requests and responses in WORLD on a running server."""
    with connect(url) as control:
        target = control.world(world)
        if har:
            _write(har, target.journal.archive(**filters))
        elif follow:
            _follow(target, as_json or not sys.stdout.isatty(), full, filters)
        elif full:
            for exchange in target.journal(**filters):
                click.echo(exchange_format.format_exchanges([exchange]) + "\n")
        elif as_json:
            click.echo(json.dumps(target.journal(**filters), indent=2, ensure_ascii=False))
        else:
            found = target.journal(**filters)
            print_table(found, _HEADERS, lambda: map(_row, found), "no calls")


def _row(exchange: Exchange) -> list[object]:
    called, _, answer = exchange_format.format_summary(exchange).rpartition(" -> ")
    remarks = "  ".join(exchange_format.format_remarks(exchange))
    return [exchange["number"], exchange["at"], called, answer, remarks]


def _follow(world: World, as_json: bool, full: bool, filters: dict[str, Any]) -> None:
    """Prints new exchanges until Ctrl-C: one line of JSON or of text for each, or all of it (`full`)."""
    seen = 0
    try:
        while True:
            for exchange in world.journal(**filters, after=seen):
                seen = exchange["number"]
                text = (
                    json.dumps(exchange, ensure_ascii=False)
                    if as_json
                    else exchange_format.format_line(exchange)
                )
                click.echo(f"{exchange_format.format_exchanges([exchange])}\n" if full else text)
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
    click.echo(f"{len(archive['log']['entries'])} exchanges in {path}")
