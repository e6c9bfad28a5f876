"""`mockserver snapshot`: states of a world on a running server that it can return to."""

import click

from mockserver.cli.display import show, tell
from mockserver.cli.server_options import at_a_world, world_options
from mockserver.client import World


@click.group(invoke_without_command=True, short_help="List the snapshots of a world, make or restore one.")
@world_options()
@click.pass_context
def snapshot(context: click.Context, name: str | None, url: str) -> None:
    """List the snapshots of a world, make one, restore or delete it."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@snapshot.command(name="list")
@at_a_world
def list_(world: World) -> None:
    """List them, the oldest first."""
    names = world.snapshots()
    show(names, ["snapshot"], lambda: ([one] for one in names), f"{world.name} has no snapshots")


@snapshot.command()
@click.argument("snapshot")
@at_a_world
def make(world: World, snapshot: str) -> None:
    """Keep the present state under a name; one of the same name is replaced."""
    world.snapshot(snapshot)
    tell({"name": snapshot, "world": world.name}, f"{snapshot} is kept")


@snapshot.command()
@click.argument("snapshot")
@at_a_world
def restore(world: World, snapshot: str) -> None:
    """Put the world back to a snapshot."""
    world.restore(snapshot)
    tell(world.facts, f"{world.name} is as it was at {snapshot}")


@snapshot.command()
@click.argument("snapshots", nargs=-1, required=True)
@at_a_world
def delete(world: World, snapshots: tuple[str, ...]) -> None:
    """Forget snapshots."""
    for one in snapshots:
        world.delete_snapshot(one)
    tell({"deleted": [*snapshots]}, "\n".join(f"{one} is gone" for one in snapshots))
