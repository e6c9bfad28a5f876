"""POST /v1/audiences/get."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.ortto.audience_records import KIND, as_shown, list_name
from mockserver.vendors.ortto.null_handling import null_if_empty, said
from mockserver.vendors.ortto.timestamps import DAY, seconds

LIMIT: Final = 40
"""Default and maximum. The page also says that too large a limit is assumed to be 50, which is a sentence of
person/get's page, whose default is 50; the switch `audiences_limit_fallback` decides."""


def get_audiences(call: Call, world: World) -> object:
    """A page of audiences, newest first, as a bare array."""
    query = said(call.body)
    limit, offset = query.get("limit", 0), int(query.get("offset", 0))
    limit = int(limit) if 0 < limit <= LIMIT else world.switches["audiences_limit_fallback"]
    today, with_filter = seconds(world.now()) // DAY, query.get("with_filter", False)
    page = _page(world, query, limit, min(offset, 1 << 60))
    return null_if_empty(world, [as_shown(record, with_filter, today) for record in page])


def _page(world: World, query: Mapping[str, Any], limit: int, offset: int) -> list[dict[str, Any]]:
    audiences = world.records(KIND)
    name = list_name(query.get("archived", False), query.get("retention", False))
    term = query.get("search_term", "").casefold()
    if not term:
        return [row.record for row in audiences.page(name, limit=limit, skip=offset, newest_first=True)]
    found = [
        row.record
        for row in audiences.iterate(name, newest_first=True)
        if term in row.record["shown"]["name"].casefold()
    ]
    return found[offset : offset + limit]
