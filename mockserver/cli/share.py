"""`mockserver share`: makes, lists and revokes links that give others a world of their own."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final

import click

from mockserver.cli.display import print_result, print_table
from mockserver.cli.durations import Duration
from mockserver.cli.server_options import with_world, world_options
from mockserver.client import World
from mockserver.state.links import ROLES

_COLUMNS: Final[Mapping[str, Callable[[Mapping[str, Any]], object]]] = MappingProxyType(
    {
        "id": itemgetter("id"),
        "role": itemgetter("role"),
        "label": itemgetter("label"),
        "expires": itemgetter("expires"),
        "worlds": lambda row: f"{len(row['worlds'])} of {row['max_worlds']}",
    }
)


@click.group(invoke_without_command=True, short_help="Make, list or revoke links to a world.")
@world_options()
@click.pass_context
def share(context: click.Context, name: str | None, url: str) -> None:
    """Make, list or revoke links that give others a copy of a world."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@share.command(name="list")
@with_world
def list_(world: World) -> None:
    """List the links to the world, including expired ones."""
    found = world.links()
    print_table(
        found,
        [*_COLUMNS],
        lambda: ([read(one) for read in _COLUMNS.values()] for one in found),
        f"no links to {world.name}",
    )


@share.command()
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default=ROLES[0],
    show_default=True,
    help="What guests may do: read, or everything in their world.",
)
@click.option("--label", metavar="TEXT", help="Who the link is for.")
@click.option("--lifetime", type=Duration(), help="How long the link can be opened.  [default: 7d]")
@click.option("--world-lifetime", type=Duration(), help="How long a guest's world exists.  [default: 1d]")
@click.option("--max-worlds", type=click.IntRange(1, 1000), help="Guests' worlds at a time.  [default: 20]")
@with_world
def make(
    world: World,
    role: str,
    label: str | None,
    lifetime: timedelta | None,
    world_lifetime: timedelta | None,
    max_worlds: int | None,
) -> None:
    """Make a link, and print its URL: it cannot be shown again."""
    made = world.share(
        role, label=label, lifetime=lifetime, world_lifetime=world_lifetime, max_worlds=max_worlds
    )
    print_result(made, made["url"])


@share.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@with_world
def revoke(world: World, ids: tuple[str, ...]) -> None:
    """Revoke links by id, and delete the worlds that they made."""
    for id in ids:
        world.revoke_link(id)
    print_result({"revoked": [*ids]}, "\n".join(f"revoked {id}" for id in ids))
