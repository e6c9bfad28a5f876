"""`mockserver jobs`: what the vendors of a world on a running server will do later."""

import click

from mockserver.cli.display import show, tell
from mockserver.cli.server_options import at_a_world, world_options
from mockserver.client import World


@click.group(invoke_without_command=True)
@world_options()
@click.pass_context
def jobs(context: click.Context, name: str | None, url: str) -> None:
    """List what waits for the clock of a world, or have it done."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@jobs.command(name="list")
@click.option("--vendor", help="Only jobs of this vendor.")
@at_a_world
def list_(world: World, vendor: str | None) -> None:
    """List what waits, what is due first at first."""
    waiting = world.jobs.pending(vendor)
    members = ("due", "vendor", "job", "arguments", "id")
    show(waiting, members, lambda: ([one[member] for member in members] for one in waiting), "nothing waits")


@jobs.command()
@click.option("--all", "everything", is_flag=True, help="Also what is not due yet, once.")
@at_a_world
def run(world: World, everything: bool) -> None:
    """Do what is due; the clock stays where it is."""
    done = world.jobs.run(all=everything)
    tell({"jobs_run": done}, f"{done} {'job' if done == 1 else 'jobs'} done")
