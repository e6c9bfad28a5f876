"""`mockserver snapshot`: makes, restores and deletes snapshots of a world on a running server."""

import click

from mockserver.cli.display import print_result, print_table
from mockserver.cli.server_options import with_world, world_options
from mockserver.client import World


@click.group(invoke_without_command=True, short_help="List, make, restore or delete snapshots of a world.")
@world_options()
@click.pass_context
def snapshot(context: click.Context, name: str | None, url: str) -> None:
    """List, make, restore or delete the snapshots of a world."""
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
