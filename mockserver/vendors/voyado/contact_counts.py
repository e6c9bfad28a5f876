"""How many contacts are approved, as the vendor counts: now and then."""

from mockserver.call import Call
from mockserver.formats.timestamps import to_micros
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records

_KIND, _ID = "tally", "reported"
_KEPT = 20 * 60 * 1_000_000  # about every 20 minutes, the vendor says


def count_contacts(call: Call, world: World) -> object:
    """The number, bare; for 20 minutes it is the same whatever is created and deleted."""
    now = to_micros(world.now())
    reported = world.records(_KIND).get(_ID)
    if reported and 0 <= now - reported["taken"] < _KEPT:
        return reported["count"]
    count = contact_records.read_tally(world)["approved"]
    world.records(_KIND).add(_ID, {"count": count, "taken": now}, rank=0)
    return count


def count_contacts_v2(call: Call, world: World) -> object:
    """As v3."""
    return count_contacts(call, world)
