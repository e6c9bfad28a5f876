"""`mockserver profile`: lists, starts and ends profiles of a world on a running server."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import click

from mockserver.cli.display import print_result, print_table
from mockserver.cli.durations import Duration
from mockserver.cli.server_options import with_server, with_world, world_options
from mockserver.client import Control, World
from mockserver.errors import InvalidScenarioError


@click.group(invoke_without_command=True, short_help="List, start and end the profiles of a world.")
@world_options()
@click.pass_context
def profile(context: click.Context, name: str | None, url: str) -> None:
    """List, start and end the profiles of a world: named days, such as a bad one at the vendors."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@profile.command(name="list")
@with_world
def list_(world: World) -> None:
    """List the active profiles in the order in which they started."""
    active = [one.read() for one in world.profiles()]
    headers = ("profile", "since", "ends", "settings", "faults")
    empty = f"{world.name} has no active profile; `mockserver profile available` lists those to start"
    print_table(active, headers, lambda: map(_row, active), empty)


@profile.command()
@with_server
def available(control: Control) -> None:
    """List the profiles that come with the server."""
    known = control.profiles()
    headers = ("profile", "lasts", "what happens")
    rows = ([one["name"], _lasts(one["lasts"]), " ".join(one["description"].split())] for one in known)
    print_table(known, headers, lambda: rows, "the server has no profiles")


@profile.command()
@click.argument("profile")
@click.option("--lasts", type=Duration(), help="How long on the world's clock, e.g. 2h, instead of its own.")
@with_world
def start(world: World, profile: str, lasts: timedelta | None) -> None:
    """Start PROFILE: one that comes with the server, or a file such as ./my.yaml."""
    try:
        started = world.profile(profile, lasts=lasts)
    except InvalidScenarioError as error:
        raise click.ClickException(str(error)) from error
    until = f"until {started.ends.isoformat(timespec='seconds')}" if started.ends else "without an end"
    print_result(started.read(), f"started profile {started.name} {until}")


@profile.command()
@click.argument("names", nargs=-1)
@with_world
def end(world: World, names: tuple[str, ...]) -> None:
    """End profiles by name, or all active ones."""
    ended = [*names] or [one.name for one in world.profiles()]
    for one in ended:
        world.end_profile(one)
    sentence = "\n".join(f"ended profile {one}" for one in ended) or f"{world.name} has no active profile"
    print_result({"ended": ended}, sentence)


def _row(active: Mapping[str, Any]) -> list[object]:
    return [active["name"], active["since"], active["ends"], active["settings"] or "", len(active["faults"])]


def _lasts(seconds: float | None) -> str:
    return "until it is ended" if seconds is None else str(timedelta(seconds=seconds))
