"""Number of approved contacts, cached for about 20 minutes like the vendor's."""

from mockserver.call import Call
from mockserver.formats.timestamps import to_micros
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_creation, contact_records

_KIND, _ALL = "tally", "reported"
_CACHE_MICROS = 20 * 60 * 1_000_000


def count_contacts(call: Call, world: World) -> object:
    """Returns the bare number; the cached value ignores later creations and deletions."""
    return _count(world, None)


def count_contacts_v2(call: Call, world: World) -> object:
    """Returns the same reply as `count_contacts`."""
    return count_contacts(call, world)


def count_contacts_by_type(call: Call, world: World) -> object:
    """Returns the bare number of contacts of one type, cached too. Problem: invalid_contact_type."""
    return _count(world, contact_creation.find_type(world, call.params["contactType"])["id"])


def _count(world: World, contact_type: str | None) -> int:
    id = _ALL if contact_type is None else f"{_ALL}/{contact_type}"
    now = to_micros(world.now())
    cached = world.records(_KIND).get(id)
    if cached and 0 <= now - cached["taken"] < _CACHE_MICROS:
        return int(cached["count"])
    approved = contact_records.read_counters(world)["approved"]
    count: int = sum(approved.values()) if contact_type is None else approved.get(contact_type, 0)
    world.records(_KIND).add(id, {"count": count, "taken": now}, rank=0)
    return count
