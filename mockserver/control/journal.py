"""The journal of a world: what was called and what was answered."""

from mockserver.call import NOTHING, Call
from mockserver.control import doors
from mockserver.world.worlds import Worlds


def list_journal(call: Call, worlds: Worlds) -> object:
    """`{exchanges: […], next}`, the oldest first. Raises unknown_world, unknown_vendor, unknown_operation."""
    journal = worlds.journal(call.params["world"])
    wanted = {name: call.params.get(name) for name in ("vendor", "operation", "status", "flawed")}
    # An empty journal would look like proof that nothing was called.
    doors.asked(worlds, wanted["vendor"], wanted["operation"])
    limit = call.params["limit"]
    # One more than asked for tells whether there is a next page.
    found = journal.read(wanted, after=call.params["after"], limit=limit + 1)
    exchanges = found[:limit]
    return {"exchanges": exchanges, "next": exchanges[-1]["number"] if len(found) > limit else None}


def clear_journal(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world."""
    worlds.journal(call.params["world"]).clear()
    return NOTHING
