"""Contacts by pages: those with a property, those that changed in a span of time."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from mockserver.call import Call
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    contact_index,
    contact_records,
    content_negotiation,
    property_logic,
    timestamps,
)

_FROZEN: Final = "/integrationservice-1.1.0/"

Found = tuple[str, Record]


def search_contacts(call: Call, world: World) -> object:
    """A page of the contacts that have `property=value`, whatever the case of the value.

    The contract knows the properties that contacts can be looked for by. Problem: not_acceptable.
    """
    content_negotiation.demand_json(call)
    name, _, wanted = call.params["MPSearchQuery"].partition("=")
    skip, size = int(call.params["after"]), int(call.params["pageSize"])
    found = islice(_with(world, name, wanted), skip, skip + size + 1)
    return _page(call, world, list(found))


def list_contact_updates(call: Call, world: World) -> object:
    """A page of the contacts whose last change lies between two moments, in the order of these changes.

    Under the older base path it is no more than the list (observed in the vendor's own client). Problem:
    not_acceptable.
    """
    content_negotiation.demand_json(call)
    first, last = timestamps.read(call.params["fromDate"]), timestamps.read(call.params["toDate"])
    rows = world.records(contact_records.KIND).page(
        after=Cursor(first, ""),  # no id is empty, so this is just before the first of that moment
        skip=int(call.params["after"]),
        limit=int(call.params["pageSize"]) + 1,
    )
    page = _page(call, world, [(row.id, row.record) for row in rows if row.rank <= last])
    return page["contacts"] if call.path.startswith(_FROZEN) else page


def _with(world: World, name: str, wanted: str) -> Iterator[Found]:
    if name == "externalId":
        ids = [wanted]
    elif name in contact_index.NAMES:
        ids = list(contact_index.find(world, name, wanted))
    else:
        for row in world.records(contact_records.KIND).iterate():
            if wanted and property_logic.matches(row.record["properties"], name, wanted):
                yield row.id, row.record
        return
    for id in ids:
        record = contact_records.get(world, id)
        if record:
            yield id, record


def _page(call: Call, world: World, found: list[Found]) -> dict[str, Any]:
    """One more than fits on the page was looked for: it tells whether there is a next one."""
    size, show = int(call.params["pageSize"]), contact_records.Shower(world).show
    after = int(call.params["after"]) + min(len(found), size)
    following = None
    if len(found) > size:
        kept = [(name, text) for name, text in parse_qsl(call.query) if name != "after"]
        following = f"{call.origin}{call.path}?{urlencode([*kept, ('after', str(after))])}"
    contacts = [show(id, record) for id, record in found[:size]]
    return {"paging": {"next": following, "after": after}, "contacts": contacts}
