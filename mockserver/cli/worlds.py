"""`mockserver worlds` and `reset`: list, make, remove and put back the worlds of a running server."""

from itertools import chain

import click

from mockserver.cli.display import show, tell
from mockserver.cli.server_options import running, url_option
from mockserver.cli.vendor_summary import lines
from mockserver.client import World


@click.group(invoke_without_command=True)
@url_option()
@click.pass_context
def worlds(ctx: click.Context, url: str) -> None:
    """List the worlds of a running server, or make and remove some."""
    ctx.obj = url
    if ctx.invoked_subcommand is None:
        _show(url)


@worlds.command(name="list")
@click.pass_obj
def list_(url: str) -> None:
    """List the worlds."""
    _show(url)


@worlds.command()
@click.argument("name", required=False)
@click.option("--scenario", help="How it starts, by name; by default as the server was started.")
@click.option("--seed", type=int, help="The same seed gives the same world.")
@click.option("--people", type=int, help="How many people live in it.")
@click.option("--now", help="The moment at which it starts, like 2026-01-01T00:00:00Z.")
@click.option("--from", "fork", metavar="WORLD", help="Copy this world as it is now.")
@click.option("--label", help="Whose it is: the test that coverage names.")
@click.pass_obj
def create(
    url: str,
    name: str | None,
    scenario: str | None,
    seed: int | None,
    people: int | None,
    now: str | None,
    fork: str | None,
    label: str | None,
) -> None:
    """Make a world, and print where it is served."""
    if scenario and ("/" in scenario or scenario.endswith((".yaml", ".yml"))):
        fix = f"name one of its scenarios, or start it with `mockserver serve --scenario {scenario}`"
        raise click.ClickException(f"a running server takes no file such as {scenario}; {fix}")
    with running(url) as control:
        world = control.create_world(
            name, scenario=scenario, seed=seed, people=people, now=now, fork=fork, label=label
        )
    doors = [lines(vendor, world.url(vendor), world.credentials(vendor)) for vendor in world.vendors]
    tell(world.facts, "\n".join([_summary(world), *chain.from_iterable(doors)]))


@worlds.command()
@click.argument("names", nargs=-1, required=True)
@click.pass_obj
def delete(url: str, names: tuple[str, ...]) -> None:
    """Remove worlds with all that is in them."""
    with running(url) as control:
        for name in names:
            control.world(name).delete()
    tell({"deleted": [*names]}, "\n".join(f"{name} is gone" for name in names))


@click.command()
@click.argument("world", default="default")
@url_option()
def reset(world: str, url: str) -> None:
    """Put a world of a running server back to its start."""
    with running(url) as control:
        there = control.world(world)
        there.reset()
    tell(there.facts, f"{world} is at its start again")


def _show(url: str) -> None:
    with running(url) as control:
        facts = [world.facts for world in control.worlds()]
    members = ("name", "scenario", "seed", "people", "created")
    show(facts, members, lambda: ([one[member] for member in members] for one in facts), "no worlds")


def _summary(world: World) -> str:
    return f"{world.name}  scenario {world.scenario}, seed {world.seed}, {world.people} people"
