"""`mockserver journal`: what was called and what was answered in a world of a running server."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from mockserver.call import Exchange
from mockserver.cli.display import show
from mockserver.cli.server_options import running, url_option
from mockserver.client import World, exchange_format

_HEADS = ("#", "world's time", "call", "answer", "")
_PAUSE = 0.5  # seconds between two looks


@click.command()
@click.argument("world", default="default")
@url_option()
@click.option("--vendor", help="Only exchanges with this vendor.")
@click.option("--operation", help="Only exchanges of this operation.")
@click.option("--status", type=int, help="Only exchanges that were answered with this status.")
@click.option("--problem", help="Only exchanges that were refused with this problem.")
@click.option("--fault", help="Only exchanges that a fault of this kind struck.")
@click.option("--method", help="Only exchanges with this method.")
@click.option("--path", help="Only exchanges with this path, the vendor's own.")
@click.option("--since", type=click.IntRange(1), help="Only exchanges from this number on.")
@click.option("--until", type=click.IntRange(1), help="Only exchanges up to this number.")
@click.option("--flawed", is_flag=True, default=None, help="Only exchanges that something was wrong with.")
@click.option("--json", "as_json", is_flag=True, help="The whole exchanges as JSON, as when it is piped.")
@click.option("--full", is_flag=True, help="Each exchange in full, with its bodies and what was expected.")
@click.option("--follow", is_flag=True, help="Go on with what is called from now on, until Ctrl-C.")
@click.option("--har", type=click.Path(path_type=Path), help="Write an HTTP Archive to this file instead.")
def journal(
    world: str, url: str, as_json: bool, full: bool, follow: bool, har: Path | None, **filters: Any
) -> None:
    """Show what was called in a world of a running server."""
    with running(url) as control:
        there = control.world(world)
        if har:
            _write(har, there.journal.archive(**filters))
        elif follow:
            _follow(there, as_json or not sys.stdout.isatty(), full, filters)
        elif full:
            for exchange in there.journal(**filters):
                click.echo(exchange_format.report([exchange]) + "\n")
        elif as_json:
            click.echo(json.dumps(there.journal(**filters), indent=2, ensure_ascii=False))
        else:
            found = there.journal(**filters)
            show(found, _HEADS, lambda: map(_row, found), "nothing was called")


def _row(exchange: Exchange) -> list[object]:
    called, _, answer = exchange_format.summary(exchange).rpartition(" -> ")
    remarks = "  ".join(exchange_format.remarks(exchange))
    return [exchange["number"], exchange["at"], called, answer, remarks]


def _follow(world: World, as_json: bool, full: bool, filters: dict[str, Any]) -> None:
    """One line of JSON for each exchange where it is piped, else one line of text; ends with Ctrl-C."""
    seen = 0
    try:
        while True:
            for exchange in world.journal(**filters, after=seen):
                seen = exchange["number"]
                text = json.dumps(exchange, ensure_ascii=False) if as_json else exchange_format.line(exchange)
                click.echo(f"{exchange_format.report([exchange])}\n" if full else text)
            time.sleep(_PAUSE)
            seen = _from_the_start(world, seen)
    except KeyboardInterrupt:
        return


def _from_the_start(world: World, seen: int) -> int:
    """Where to go on: a world that was reset counts from 1 again."""
    gone = seen and not world.journal(since=seen, until=seen) and not world.journal(since=seen + 1)
    return 0 if gone else seen


def _write(path: Path, archive: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(archive, indent=2, ensure_ascii=False), encoding="utf-8")
    except OSError as trouble:
        what = f"{path} cannot be written ({trouble.strerror}); choose another file"
        raise click.ClickException(what) from None
    click.echo(f"{len(archive['log']['entries'])} exchanges in {path}")
