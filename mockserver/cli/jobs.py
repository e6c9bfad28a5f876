"""`mockserver jobs`: lists and runs the scheduled jobs of a world on a running server."""

import click

from mockserver.cli.display import print_result, print_table
from mockserver.cli.server_options import with_world, world_options
from mockserver.client import World


@click.group(invoke_without_command=True)
@world_options()
@click.pass_context
def jobs(context: click.Context, name: str | None, url: str) -> None:
    """List or run the scheduled jobs of a world."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@jobs.command(name="list")
@click.option("--vendor", help="Show only jobs of this vendor.")
@with_world
def list_(world: World, vendor: str | None) -> None:
    """List pending jobs by due time."""
    pending = world.jobs.pending(vendor)
    members = ("due", "vendor", "job", "arguments", "id")
    print_table(
        pending, members, lambda: ([one[member] for member in members] for one in pending), "no pending jobs"
    )


@jobs.command()
@click.option("--all", "everything", is_flag=True, help="Also run jobs that are not due yet, each once.")
@with_world
def run(world: World, everything: bool) -> None:
    """Run the jobs that are due; the clock does not move."""
    done = world.jobs.run(all=everything)
    print_result({"jobs_run": done}, f"{done} {'job' if done == 1 else 'jobs'} run")
