"""`mockserver worlds` and `reset`: lists, creates, deletes and resets worlds on a running server."""

from itertools import chain

import click

from mockserver.cli.display import print_result, print_table
from mockserver.cli.server_options import server_options, with_server, with_world_argument
from mockserver.cli.vendor_summary import format_vendor
from mockserver.client import Control, World


@click.group(invoke_without_command=True)
@server_options()
@click.pass_context
def worlds(context: click.Context, url: str) -> None:
    """List, create and delete the worlds of a running server."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@worlds.command(name="list")
@with_server
def list_(control: Control) -> None:
    """List worlds."""
    facts = [world.facts for world in control.worlds()]
    members = ("name", "scenario", "seed", "people", "created")
    print_table(facts, members, lambda: ([one[member] for member in members] for one in facts), "no worlds")


@worlds.command()
@click.argument("name", required=False)
@click.option("--scenario", help="Scenario by name; by default the one the server was started with.")
@click.option("--seed", type=int, help="Random seed; the same seed gives the same world.")
@click.option("--people", type=int, help="Number of people in the world.")
@click.option("--now", help="Start time of the world's clock, e.g. 2026-01-01T00:00:00Z.")
@click.option("--from", "fork", metavar="WORLD", help="Copy this world in its current state.")
@click.option("--label", help="Label shown in coverage, e.g. the name of a test.")
@with_server
def create(
    control: Control,
    name: str | None,
    scenario: str | None,
    seed: int | None,
    people: int | None,
    now: str | None,
    fork: str | None,
    label: str | None,
) -> None:
    """Create a world and print its base URLs and credentials."""
    if scenario and ("/" in scenario or scenario.endswith((".yaml", ".yml"))):
        fix = f"name one of its scenarios, or start it with `mockserver serve --scenario {scenario}`"
        raise click.ClickException(f"a running server does not read scenario files such as {scenario}; {fix}")
    world = control.create_world(
        name, scenario=scenario, seed=seed, people=people, now=now, fork=fork, label=label
    )
    blocks = [format_vendor(vendor, world.url(vendor), world.credentials(vendor)) for vendor in world.vendors]
    print_result(world.facts, "\n".join([_summary(world), *chain.from_iterable(blocks)]))


@worlds.command()
@click.argument("names", nargs=-1, required=True)
@with_server
def delete(control: Control, names: tuple[str, ...]) -> None:
    """Delete worlds with all their data."""
    for name in names:
        control.world(name).delete()
    print_result({"deleted": [*names]}, "\n".join(f"deleted world {name}" for name in names))


@click.command()
@click.option("--vendor", help="Reset only the records, jobs and rate limits of this vendor.")
@with_world_argument
def reset(world: World, vendor: str | None) -> None:
    """Reset WORLD to its initial state."""
    world.reset(vendor)
    print_result(world.facts, f"reset {f'{vendor} in ' if vendor else ''}world {world.name}")


def _summary(world: World) -> str:
    return f"{world.name}  scenario {world.scenario}, seed {world.seed}, {world.people} people"
