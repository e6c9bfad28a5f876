"""Number of approved contacts, cached for about 20 minutes like the vendor's."""

from mockserver.call import Call
from mockserver.formats.timestamps import to_micros
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records

_KIND, _ID = "tally", "reported"
_CACHE_MICROS = 20 * 60 * 1_000_000


def count_contacts(call: Call, world: World) -> object:
    """Returns the bare number; the cached value ignores later creations and deletions."""
    now = to_micros(world.now())
    cached = world.records(_KIND).get(_ID)
    if cached and 0 <= now - cached["taken"] < _CACHE_MICROS:
        return cached["count"]
    count = contact_records.read_counters(world)["approved"]
    world.records(_KIND).add(_ID, {"count": count, "taken": now}, rank=0)
    return count


def count_contacts_v2(call: Call, world: World) -> object:
    """Returns the same reply as `count_contacts`."""
    return count_contacts(call, world)
