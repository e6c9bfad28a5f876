"""Contacts created, updated or deleted in a time range."""

from collections.abc import Iterator
from itertools import islice

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso, to_micros
from mockserver.state.records import Cursor
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records, tenant_records

_PAGE_SIZE = 500


def list_contact_changes(call: Call, world: World) -> object:
    """Lists contact ids in order of change; the range includes both ends. Problem: too_many_changes."""
    params = call.params
    first = to_micros(from_iso(params["fromDate"]))
    last = to_micros(from_iso(params["toDate"]) if "toDate" in params else world.now())
    limit = tenant_records.view(world)["changesLimit"]
    changed = list(islice(_changed_ids(world, params["changeType"], first, last), limit + 1))
    if len(changed) > limit:
        raise Problem("too_many_changes", limit=limit)
    return changed


def list_contact_changes_v2(call: Call, world: World) -> object:
    """Returns the same reply as `list_contact_changes`."""
    return list_contact_changes(call, world)


def _changed_ids(world: World, change_type: str, first: int, last: int) -> Iterator[str]:
    cursor = Cursor(first, "")  # ids are never empty, so this sorts before the first change of that time
    while page := _page(world, change_type, cursor):
        for id, cursor in page:
            if cursor.rank > last:
                return
            yield id


def _page(world: World, change_type: str, after: Cursor) -> list[tuple[str, Cursor]]:
    if change_type == "Created":  # the contacts themselves are sorted by time of creation
        rows = world.records(contact_records.KIND).page(limit=_PAGE_SIZE, after=after)
        return [(row.id, row.cursor) for row in rows]
    entries = world.index("changes").page(change_type, limit=_PAGE_SIZE, after=after)
    return [(entry.target, entry.cursor) for entry in entries]
