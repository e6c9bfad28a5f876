"""`mockserver records` and `mockserver changes`: what a world contains, and what has changed in it."""

from typing import Any

import click
import orjson

from mockserver.cli.display import print_result, print_table
from mockserver.cli.server_options import with_world
from mockserver.client import World
from mockserver.formats.diff_verdict import in_words
from mockserver.formats.json_pointer import MISSING, parse_pointer, resolve


@click.command()
@click.argument("vendor", required=False)
@click.argument("collection", required=False)
@click.argument("id", required=False)
@click.option(
    "--where",
    metavar="POINTER=VALUE",
    multiple=True,
    help="Show only records with this member; POINTER alone: with any value. May be repeated.",
)
@click.option("--search", help="Show only records that contain this text, in any case of letters.")
@click.option("--sort", metavar="POINTER", help="Sort by this member; -POINTER: the greatest first.")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="Show at most this many."
)
@with_world
def records(
    world: World,
    vendor: str | None,
    collection: str | None,
    id: str | None,
    where: tuple[str, ...],
    search: str | None,
    sort: str | None,
    limit: int,
) -> None:
    """List the records of a world, or show one.

    Without VENDOR COLLECTION, lists the collections with their numbers of records; with ID, shows one record.
    """
    if vendor is None or collection is None:
        found = world.collections(vendor)
        members = ("vendor", "name", "count", "description")
        print_table(
            found, members, lambda: ([one[name] for name in members] for one in found), "no collections"
        )
    elif id is not None:
        record = world.record(vendor, collection, id)
        print_result(record, orjson.dumps(record, option=orjson.OPT_INDENT_2).decode())
    else:
        conditions = dict(map(_condition, where))
        shown = world.records(vendor, collection, conditions, search=search, sort=sort, limit=limit)
        columns = _columns(world, vendor, collection)
        print_table(
            shown,
            [parse_pointer(one)[-1] for one in columns],
            lambda: ([_cell(record, one) for one in columns] for record in shown),
            "no records",
        )


@click.command()
@click.option(
    "--from",
    "start",
    default="start",
    show_default=True,
    help="The earlier state: start, a snapshot, or the number of an exchange.",
)
@click.option(
    "--to",
    "end",
    default="now",
    show_default=True,
    help="The later state: now, a snapshot, or the number of an exchange.",
)
@click.option("--vendor", help="Show only changes of this vendor.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="Show at most this many."
)
@with_world
def changes(world: World, start: str, end: str, vendor: str | None, limit: int) -> None:
    """Show what differs between two states of a world."""
    found = world.diff(start, end, vendor=vendor, limit=limit)
    lines = [in_words(one) for one in found["changes"]]
    if found["more"]:
        lines.append(f"… and {found['more']} more")
    print_result(found, "\n".join(lines) or "no changes")


def _condition(text: str) -> tuple[str, Any]:
    pointer, equals, value = text.partition("=")
    return pointer, value if equals else ...


def _columns(world: World, vendor: str, collection: str) -> list[str]:
    summaries = {one["name"]: one["summary"] for one in world.collections(vendor)}
    return list(summaries.get(collection, ()))


def _cell(record: dict[str, Any], pointer: str) -> object:
    value = resolve(record, pointer)
    if value is MISSING:
        return None
    return value if isinstance(value, str | int | float) else orjson.dumps(value).decode()
