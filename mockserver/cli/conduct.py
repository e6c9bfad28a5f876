"""`mockserver conduct`: what the calls in a world show about the client."""

from collections.abc import Iterator

import click

from mockserver.cli.display import print_table
from mockserver.cli.server_options import with_world_argument
from mockserver.client import World
from mockserver.client.conduct import Conduct


@click.command(short_help="Show what is wrong with the calls of a client.")
@click.option("--vendor", help="Judge only the calls to this vendor.")
@click.option(
    "--after", type=click.IntRange(0), default=0, help="Judge only the exchanges after this number."
)
@click.option("--without", multiple=True, metavar="RULE", help="Leave out this rule; repeatable.")
@click.option(
    "--patience",
    type=click.FloatRange(0, 86_400, min_open=True),
    default=30,
    show_default=True,
    help="Seconds after which the client should give up waiting for a reply.",
)
@with_world_argument
def conduct(world: World, vendor: str | None, after: int, without: tuple[str, ...], patience: float) -> int:
    """Show what the calls in WORLD show about the client; 1 if a rule finds something or calls are lost."""
    try:
        found = world.conduct(vendor, after=after, without=without, patience=patience)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--without") from None
    value = {"world": found.world, "exchanges": found.exchanges, "dropped": found.dropped}
    headers = ("severity", "rule", "calls", "what", "fix")
    print_table(
        value | {"findings": found.findings},
        headers,
        lambda: _rows(found),
        f"no findings in {found.exchanges} calls",
    )
    if found.dropped:
        what = f"the report is incomplete: the journal of {world.name} has dropped {found.dropped} calls"
        click.echo(f"mockserver: {what}; serve with a larger --max-journal", err=True)
    return int(bool(found) or found.dropped > 0)


def _rows(found: Conduct) -> Iterator[list[object]]:
    for one in found:
        where = f"{one['vendor']} {one['operation'] or ''}".rstrip()
        numbers = ", ".join(map(str, one["exchanges"]))
        yield [one["severity"], one["rule"], numbers, f"{where}: {one['what']}", one["fix"]]
