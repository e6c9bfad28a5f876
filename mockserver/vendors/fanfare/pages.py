"""Pages of lists: `{data, pageInfo}`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare.cursors import encode_cursor
from mockserver.vendors.fanfare.problems import validation_failed

SCAN_SIZE: Final = 500
"""Records read at a time if a filter may skip most of them."""

DEFAULT_SIZE: Final = 20
"""The page size of a call without one; not refused but reduced if it exceeds the maximum of the world."""


def page_size(world: World, params: Mapping[str, Any], parameter: str = "first") -> int:
    """The size of the requested page. Raises validation_failed if the world does not allow as many."""
    size, maximum = int(params[parameter]), int(world.switches["largest_page"])
    if size > maximum and size != DEFAULT_SIZE:
        raise validation_failed((parameter, f"Invalid value: Expected <={maximum} but received {size}"))
    return min(size, maximum)


def build_page(
    world: World,
    records: list[Record],
    render: Callable[[Record], dict[str, Any]],
    sort_by: str = "createdAt",
) -> dict[str, Any]:
    """The response `{data, pageInfo}`; both cursors of an empty page are null."""
    ends: Iterable[Record] = (records[0], records[-1]) if records else ()
    start, end = [encode_cursor(world, one, sort_by) for one in ends] or (None, None)
    return {
        "data": [render(record) for record in records],
        "pageInfo": {"startCursor": start, "endCursor": end},
    }
