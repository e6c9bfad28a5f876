"""`mockserver capsule` and `replay`: records what happened to a world, and replays it elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from mockserver.app import create_app
from mockserver.cli.display import format_option, is_json_output, print_result, printable
from mockserver.cli.overlay_option import overlay_option
from mockserver.cli.server_options import connect, server_options, token_option, with_server
from mockserver.cli.vendor_path import vendor_path_option
from mockserver.client import Control, Replay
from mockserver.contract.overlay import Overlay
from mockserver.errors import ControlError, InvalidCapsuleError, InvalidStoreError
from mockserver.state.capsule_file import read_capsule
from mockserver.storage.urls import open_store
from mockserver.testing.local_control import LocalControl

_STANDARD = "-"


@click.group(short_help="Record all that happened to a world in one file.")
@server_options()
def capsule(url: str) -> None:
    """Record what happened to a world of a running server, to be replayed elsewhere."""


@capsule.command()
@click.argument("world")
@click.argument("file", type=click.File("wb", lazy=True))
@with_server
def record(control: Control, world: str, file: BinaryIO) -> None:
    """Record WORLD since its start or last reset in FILE (- is standard output)."""
    content = control.world(world).capsule()
    file.write(content)
    if file.name != _STANDARD:
        print_result(
            {"file": file.name, "bytes": len(content), "world": world},
            f"recorded {world} in {file.name} ({len(content)} bytes)",
        )


@click.command(short_help="Rebuild a world from a capsule, and name what differs.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--url", help="URL of a running server; by default, one is started for the replay.")
@token_option()
@vendor_path_option
@overlay_option
@click.option("--store", help="Store of the server that is started.  [default: memory:]")
@click.option("--world", "name", help="Name of the new world.  [default: a random one]")
@click.option("--until", type=click.IntRange(0), help="Number of the last exchange that is replayed.")
@click.option("--step", is_flag=True, help="Show every step; on a terminal, wait after each exchange.")
@format_option()
def replay(
    file: Path,
    url: str | None,
    overlays: tuple[Overlay, ...],
    store: str | None,
    name: str | None,
    until: int | None,
    step: bool,
) -> int:
    """Rebuild the world of a capsule in FILE, and show the first difference.

    Ends with 1 if something replied or was changed otherwise than recorded. With --url or --store, the world
    stays there.
    """
    if url and store:
        raise click.UsageError("--store is for the server that is started; leave out --url")
    try:
        content = read_capsule(file)
        with _server(url, store, overlays) as control:
            if step and sys.stdin.isatty() and not is_json_output():
                done = _step_by_step(control, content, name, until)
            else:
                done = control.replay(content, name, until=until)
                _print(done, shows_steps=step)
    except ControlError as error:
        raise click.ClickException(f"{file}: {error}") from error
    except (InvalidCapsuleError, InvalidStoreError) as error:
        raise click.ClickException(str(error)) from error
    return int(done.difference is not None)


@contextmanager
def _server(url: str | None, store: str | None, overlays: tuple[Overlay, ...]) -> Iterator[Control]:
    if url:
        with connect(url) as control:
            yield control
        return
    app = create_app(people=0, store=open_store(store or "memory:"), overlays=overlays)
    control = LocalControl(app)
    try:
        yield control
    finally:
        control.stop()
        app.close()


def _step_by_step(control: Control, content: bytes, name: str | None, until: int | None) -> Replay:
    """Replays anew up to each exchange, so that the world can be looked at in between."""
    done = control.replay(content, name, until=0)
    shown = 0
    for number in range(1, (done.exchanges if until is None else min(until, done.exchanges)) + 1):
        done.world.delete()
        done = control.replay(content, done.world.name, until=number)
        for one in done.steps[shown:]:
            click.echo(_line(one))
        shown = len(done.steps)
        if done.difference is not None:
            break
        if number < done.exchanges:
            click.prompt(
                f"{control.url}, world {done.world.name}; Return goes on",
                default="",
                show_default=False,
            )
    _print(done)
    return done


def _print(done: Replay, shows_steps: bool = False) -> None:
    value = {
        "world": done.world.name,
        "steps": done.steps,
        "exchanges": done.exchanges,
        "difference": done.difference,
    }
    actions = sum(one["action"] is not None for one in done.steps)
    exchanges = len(done.steps) - actions
    lines = [_line(one) for one in done.steps] if shows_steps else []
    summary = f"replayed {exchanges} of {done.exchanges} exchanges and {actions} actions in {done.world.name}"
    lines.append(f"{summary}: {printable(done.message) if done.difference else 'no difference'}")
    print_result(value, "\n".join(lines))


def _line(step: dict[str, Any]) -> str:
    return f"{step['status']}  {printable(step['title'])}"
