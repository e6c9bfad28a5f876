"""The journal of a world: what was called and what was answered."""

from difflib import get_close_matches

from mockserver.call import NOTHING, Call
from mockserver.control import doors
from mockserver.trouble import Problem
from mockserver.world.worlds import Worlds


def list_journal(call: Call, worlds: Worlds) -> object:
    """`{exchanges: […], next}`, the oldest first. Raises unknown_world, unknown_vendor, unknown_operation."""
    journal = worlds.journal(call.params["world"])
    wanted = {name: call.params.get(name) for name in ("vendor", "operation", "status", "flawed")}
    _check_names(worlds, wanted["vendor"], wanted["operation"])
    limit = call.params["limit"]
    # One more than asked for tells whether there is a next page.
    found = journal.read(wanted, after=call.params["after"], limit=limit + 1)
    exchanges = found[:limit]
    return {"exchanges": exchanges, "next": exchanges[-1]["number"] if len(found) > limit else None}


def clear_journal(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world."""
    worlds.journal(call.params["world"]).clear()
    return NOTHING


def _check_names(worlds: Worlds, vendor: str | None, operation: str | None) -> None:
    """Refuses names that nobody has: an empty journal would look like proof that nothing was called."""
    asked = [doors.vendor(worlds, vendor)] if vendor is not None else [*doors.bound(worlds).values()]
    if operation is None:
        return
    known = [name for one in asked for name in one.contract.operations]
    if operation not in known:
        close = get_close_matches(operation, known, n=1, cutoff=0)
        raise Problem("unknown_operation", operation=operation, nearest=close[0])
