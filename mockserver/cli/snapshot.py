"""`mockserver snapshot`: makes, restores, deletes, exports and imports snapshots on a running server."""

import re
from pathlib import Path
from typing import BinaryIO

import click

from mockserver.cli.display import print_result, print_table
from mockserver.cli.server_options import with_world, world_options
from mockserver.client import World
from mockserver.errors import FileTooLargeError
from mockserver.formats.bounded_file import MAX_BYTES, read_stream

_STANDARD = "-"


@click.group(
    invoke_without_command=True,
    short_help="Make, restore, delete, export or import snapshots.",
)
@world_options()
@click.pass_context
def snapshot(context: click.Context, name: str | None, url: str) -> None:
    """List, make, restore, delete, export or import the snapshots of a world."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@snapshot.command(name="list")
@with_world
def list_(world: World) -> None:
    """List snapshots, oldest first."""
    names = world.snapshots()
    print_table(names, ["snapshot"], lambda: ([one] for one in names), f"{world.name} has no snapshots")


@snapshot.command()
@click.argument("snapshot")
@with_world
def make(world: World, snapshot: str) -> None:
    """Save the current state as SNAPSHOT, replacing an existing one."""
    world.snapshot(snapshot)
    print_result({"name": snapshot, "world": world.name}, f"saved snapshot {snapshot}")


@snapshot.command()
@click.argument("snapshot")
@with_world
def restore(world: World, snapshot: str) -> None:
    """Restore the world to SNAPSHOT."""
    world.restore(snapshot)
    print_result(world.facts, f"restored {world.name} to snapshot {snapshot}")


@snapshot.command()
@click.argument("snapshots", nargs=-1, required=True)
@with_world
def delete(world: World, snapshots: tuple[str, ...]) -> None:
    """Delete snapshots."""
    for one in snapshots:
        world.delete_snapshot(one)
    print_result({"deleted": [*snapshots]}, "\n".join(f"deleted snapshot {one}" for one in snapshots))


@snapshot.command("export")
@click.argument("snapshot")
@click.argument("file", type=click.File("wb", lazy=True))
@with_world
def export_(world: World, snapshot: str, file: BinaryIO) -> None:
    """Export the state saved as SNAPSHOT to FILE (a zip archive; - is standard output)."""
    content = world.export_snapshot(snapshot)
    file.write(content)
    if file.name != _STANDARD:
        print_result(
            {"file": file.name, "bytes": len(content), "name": snapshot, "world": world.name},
            f"exported snapshot {snapshot} to {file.name}",
        )


@snapshot.command("import")
@click.argument("file", type=click.File("rb"))
@click.argument("snapshot", required=False)
@click.option("--restore", "restores", is_flag=True, help="Restore it at once.")
@with_world
def import_(world: World, file: BinaryIO, snapshot: str | None, restores: bool) -> None:
    """Import an exported state from FILE as SNAPSHOT, by default named like the file."""
    name = snapshot or re.sub(r"[^a-z0-9._-]+", "-", Path(file.name).stem.lower()).strip("-._") or "imported"
    try:
        content = read_stream(file, MAX_BYTES)
    except FileTooLargeError as error:
        raise click.ClickException(f"{file.name} is not an exported state: {error}") from None
    world.import_snapshot(name, content)
    done = "imported"
    if restores:
        world.restore(name)
        done = "imported and restored"
    print_result({"name": name, "world": world.name, "restored": restores}, f"{done} snapshot {name}")
