"""The journal of a world: its exchanges, listed, asserted and cleared."""

import sys
from importlib import import_module
from typing import Any

from mockserver.assertions import json_form
from mockserver.assertions.verdict import judge
from mockserver.call import NOTHING, Call
from mockserver.control import vendor_access
from mockserver.errors import InvalidAssertionError, Problem
from mockserver.state.journal import FILTERS
from mockserver.state.worlds import Worlds


def list_journal(call: Call, worlds: Worlds) -> object:
    """`{exchanges: […], next, last, dropped}`, oldest first, or an HTTP Archive of them.

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
    dropped = journal.count_dropped(after, call.params.get("until"))
    if call.params["format"] == "har":
        # Imported on use: the HAR library would slow down every start.
        archived: dict[str, Any] = import_module("mockserver.control.har").to_har(exchanges)
        archived["log"] |= {"_next": more, "_last": journal.last_number(), "_dropped": dropped}
        return archived
    return {"exchanges": exchanges, "next": more, "last": journal.last_number(), "dropped": dropped}


def assert_journal(call: Call, worlds: Worlds) -> object:
    """`{passed, message, count, numbers, exchanges, last, dropped}`.

    Raises unknown_world, unknown_vendor, unknown_operation, unfit_assertion.
    """
    journal, body = worlds.journal(call.params["world"]), call.body
    try:
        expectation = json_form.parse(body)
    except InvalidAssertionError as error:
        raise Problem("unfit_assertion", reason=str(error)) from error
    for step in expectation.steps:
        vendor_access.find_operation(worlds, step.vendor, step.operation)
    after, until = body.get("after", 0), body.get("until")
    dropped = journal.count_dropped(after, until)
    verdict = judge(expectation, journal.read(after=after, until=until, limit=sys.maxsize), dropped)
    return {
        "passed": verdict.passed,
        "message": verdict.message,
        "count": len(verdict.matching),
        "numbers": [exchange["number"] for exchange in verdict.matching],
        "exchanges": vendor_access.with_inferred_rules(worlds, verdict.matching[: body.get("limit", 100)]),
        "last": journal.last_number(),
        "dropped": dropped,
    }


def clear_journal(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world."""
    worlds.journal(call.params["world"]).clear()
    return NOTHING
