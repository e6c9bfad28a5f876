"""Which contacts were created, updated or deleted in a span of time."""

from collections.abc import Iterator
from itertools import islice

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso, to_micros
from mockserver.state.records import Cursor
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records, tenant_records

_PAGE = 500


def list_contact_changes(call: Call, world: World) -> object:
    """The ids in the order of their changes, both ends of the span included. Problem: too_many_changes."""
    params = call.params
    first = to_micros(from_iso(params["fromDate"]))
    last = to_micros(from_iso(params["toDate"]) if "toDate" in params else world.now())
    limit = tenant_records.read(world)["changesLimit"]
    changed = list(islice(_changed(world, params["changeType"], first, last), limit + 1))
    if len(changed) > limit:
        raise Problem("too_many_changes", limit=limit)
    return changed


def _changed(world: World, kind: str, first: int, last: int) -> Iterator[str]:
    after = Cursor(first, "")  # no id is empty, so this is just before the first of that moment
    while page := _page(world, kind, after):
        for id, after in page:
            if after.rank > last:
                return
            yield id


def _page(world: World, kind: str, after: Cursor) -> list[tuple[str, Cursor]]:
    if kind == "Created":  # the contacts themselves are listed in the order of their creation
        rows = world.records(contact_records.KIND).page(limit=_PAGE, after=after)
        return [(row.id, row.cursor) for row in rows]
    entries = world.index("changes").page(kind, limit=_PAGE, after=after)
    return [(entry.target, entry.cursor) for entry in entries]
