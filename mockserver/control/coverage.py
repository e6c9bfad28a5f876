"""Coverage of a world: which parts of the contracts its calls have reached."""

from collections.abc import Iterable
from typing import Any

from mockserver.call import Call, Exchange
from mockserver.contract import coverage
from mockserver.control import vendor_access
from mockserver.state.faults import is_planned_reply
from mockserver.state.worlds import Worlds


def get_coverage(call: Call, worlds: Worlds) -> object:
    """`{world, label, exchanges, forgotten, dropped, vendors, items, inferred, unused_faults}`.

    Covers the requested vendor, or all vendors that were called. Raises unknown_world, unknown_vendor.
    """
    name = call.params["world"]
    registered, journal = worlds.get(name), worlds.journal(name)
    exchanges = journal.read(limit=journal.last_number())
    requested = call.params.get("vendor")
    if requested is not None:
        vendors = [vendor_access.find_vendor(worlds, requested)]
    else:
        called = {exchange["vendor"] for exchange in exchanges}
        vendors = [one for one in vendor_access.vendors_by_name(worlds).values() if one.name in called]
    contracts = {one.name: one.contract for one in vendors}
    only_reached = call.params["reached"]
    measure = coverage.measure_reached if only_reached else coverage.measure
    items = measure(contracts, exchanges, registered.get("label"), is_planned=is_planned_reply)
    own = coverage.by_vendor(items)
    return {
        "world": name,
        "label": registered.get("label"),
        "exchanges": len(exchanges),
        "forgotten": journal.last_number() - len(exchanges),
        "dropped": journal.count_dropped(),
        "vendors": {name: {} if only_reached else coverage.summary(own.get(name, ())) for name in contracts},
        "items": items,
        "inferred": _inferred_rules(worlds, contracts, exchanges, registered.get("label")),
        "unused_faults": [fault for fault in worlds.faults(name).all() if not fault["spent"]],
    }


def _inferred_rules(
    worlds: Worlds, vendors: Iterable[str], exchanges: Iterable[Exchange], test: str | None
) -> list[dict[str, Any]]:
    """The inferred rules of these vendors that the exchanges depend on."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for exchange in exchanges:
        vendor = exchange["vendor"] or ""
        for rule in vendor_access.inferred_rules(worlds, exchange) if vendor in vendors else ():
            what = vendor_access.find_vendor(worlds, vendor).contract.provenance.describe(rule)
            new = {"vendor": vendor, "rule": rule, "what": what, "calls": 0, "tests": [test] if test else []}
            found.setdefault((vendor, rule), new)["calls"] += 1
    return list(found.values())
