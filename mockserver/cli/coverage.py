"""`mockserver coverage`: what of the contracts was reached in a world of a running server."""

from collections.abc import Iterator
from typing import Any

import click

from mockserver.cli.display import show
from mockserver.cli.server_options import running, url_option
from mockserver.contract import coverage as measured


@click.command(short_help="Show what of the contracts the calls in a world reached.")
@click.argument("world", default="default")
@url_option()
@click.option("--vendor", help="Only this vendor, even if it was not called.")
@click.option("--uncovered", is_flag=True, help="What was not reached, one by one.")
def coverage(world: str, url: str, vendor: str | None, uncovered: bool) -> None:
    """Show what of the contracts was reached in a world of a running server."""
    with running(url) as control:
        found = control.world(world).coverage(vendor)
    if uncovered:
        left = [item for item in found["items"] if not item["calls"]]
        members = ("vendor", "operation", "kind", "name")
        show(left, members, lambda: ([item[one] for one in members] for item in left), "all is covered")
        return
    heads = ("vendor", *measured.PLURALS.values(), "by faults alone")
    show(found, heads, lambda: _rows(found), "no vendor was called")


def _rows(found: dict[str, Any]) -> Iterator[list[object]]:
    for vendor, counts in found["vendors"].items():
        shares = [f"{one['covered']}/{one['total']}" for one in counts.values()]
        yield [vendor, *shares, sum(one["by_fault"] for one in counts.values())]
