"""`mockserver coverage`: contract coverage of the calls in a world on a running server."""

from collections.abc import Iterator
from typing import Any

import click

from mockserver.cli.display import print_table
from mockserver.cli.server_options import with_world_argument
from mockserver.client import World
from mockserver.contract import coverage as measured
from mockserver.testing.coverage_ignore import CoverageIgnore


@click.command(short_help="Show the contract coverage of a world.")
@click.option("--vendor", help="Show this vendor only, even if it was not called.")
@click.option("--uncovered", is_flag=True, help="List each item that was not covered.")
@click.option(
    "--ignore",
    metavar="VENDOR[/OPERATION]",
    multiple=True,
    help="Leave this out; * stands for any characters; repeatable.",
)
@with_world_argument
def coverage(world: World, vendor: str | None, uncovered: bool, ignore: tuple[str, ...]) -> int:
    """Show which parts of the contracts the calls in WORLD covered; 1 if the journal has dropped calls."""
    found = _without(world.coverage(vendor), CoverageIgnore(ignore))
    if found["dropped"]:
        what = f"coverage is incomplete: the journal of {world.name} has dropped {found['dropped']} calls"
        click.echo(f"mockserver: {what}; serve with a larger --max-journal", err=True)
    if uncovered:
        left = [item for item in found["items"] if not item["calls"]]
        members = ("vendor", "operation", "kind", "name")
        rows = ([item[one] for one in members] for item in left)
        print_table(left, members, lambda: rows, "all is covered")
        return int(found["dropped"] > 0)
    headers = ("vendor", *measured.PLURALS.values(), "by faults only")
    print_table(found, headers, lambda: _rows(found), "no vendor was called")
    return int(found["dropped"] > 0)


def _without(found: dict[str, Any], ignore: CoverageIgnore) -> dict[str, Any]:
    """The coverage without what is to be left out. Raises a ClickException for a name without effect."""
    for message in ignore.unmatched(found["items"]):
        raise click.ClickException(message)
    items = ignore.filter(found["items"])
    vendors = {name: measured.summary(own) for name, own in measured.by_vendor(items).items()}
    return {**found, "items": items, "vendors": vendors}


def _rows(found: dict[str, Any]) -> Iterator[list[object]]:
    for vendor, counts in found["vendors"].items():
        shares = [f"{one['covered']}/{one['total']}" for one in counts.values()]
        yield [vendor, *shares, sum(one["by_fault"] for one in counts.values())]
