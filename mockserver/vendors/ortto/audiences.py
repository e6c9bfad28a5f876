"""The endpoint of audiences: POST /v1/audiences/get."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.call import Call
from mockserver.state.records import RecordView
from mockserver.state.world import World
from mockserver.vendors.ortto.audience_records import KIND, list_name, render_audience
from mockserver.vendors.ortto.null_handling import null_if_empty, without_nulls
from mockserver.vendors.ortto.timestamps import day_number

MAX_LIMIT: Final = 40
"""The default and maximum. The documentation also says that a larger limit is assumed to be 50, a sentence
of the page of person/get, whose default is 50; the switch `audiences_limit_fallback` decides."""


def get_audiences(call: Call, world: World) -> object:
    """Returns a page of audiences, newest first, as a bare array."""
    query = without_nulls(call.body)
    limit, offset = query.get("limit", 0), int(query.get("offset", 0))
    limit = int(limit) if 0 < limit <= MAX_LIMIT else world.switches["audiences_limit_fallback"]
    today, with_filter = day_number(world.today()), query.get("with_filter", False)
    page = _page(world, query, limit, min(offset, 1 << 60))
    return null_if_empty(world, [render_audience(record, with_filter, today) for record in page])


def _page(world: World, query: Mapping[str, Any], limit: int, offset: int) -> list[RecordView]:
    audiences = world.records(KIND)
    name = list_name(query.get("archived", False), query.get("retention", False))
    term = query.get("search_term", "").casefold()
    if not term:
        return audiences.view_page(name, limit=limit, skip=offset, newest_first=True)
    found: list[RecordView] = [
        row.record
        for row in audiences.iterate(name, newest_first=True)
        if term in row.record["shown"]["name"].casefold()
    ]
    return found[offset : offset + limit]
