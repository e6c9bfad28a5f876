"""The journal of a world: its exchanges, listed and cleared."""

from importlib import import_module
from typing import Any

from mockserver.call import NOTHING, Call
from mockserver.control import vendor_access
from mockserver.state.journal import FILTERS
from mockserver.state.worlds import Worlds


def list_journal(call: Call, worlds: Worlds) -> object:
    """`{exchanges: […], next}`, oldest first, or an HTTP Archive of them.

    Raises unknown_world, unknown_vendor, unknown_operation.
    """
    journal = worlds.journal(call.params["world"])
    wanted = {name: call.params.get(name) for name in FILTERS}
    # An unknown name is an error: an empty list would look like proof that nothing was called.
    vendor_access.find_operation(worlds, wanted["vendor"], wanted["operation"])
    limit = call.params["limit"]
    # Read one more than the limit to see whether there is a next page.
    after = max(call.params["after"], call.params.get("since", 1) - 1)
    found = journal.read(wanted, after=after, until=call.params.get("until"), limit=limit + 1)
    exchanges = vendor_access.with_inferred_rules(worlds, found[:limit])
    more = exchanges[-1]["number"] if len(found) > limit else None
    if call.params["format"] == "har":
        # Imported on use: the HAR library would slow down every start.
        archived: dict[str, Any] = import_module("mockserver.control.har").to_har(exchanges)
        archived["log"]["_next"] = more
        return archived
    return {"exchanges": exchanges, "next": more}


def clear_journal(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world."""
    worlds.journal(call.params["world"]).clear()
    return NOTHING
