"""The conduct report of a world: what its calls show about the client."""

from typing import Final

from mockserver.call import Call
from mockserver.conduct.catalogue import RULES
from mockserver.conduct.report import judge
from mockserver.control import vendor_access
from mockserver.state.worlds import Worlds

_MOST_PEOPLE: Final = 2_000
"""The people whose addresses and numbers are compared with hashes."""


def get_conduct(call: Call, worlds: Worlds) -> object:
    """`{world, label, exchanges, dropped, findings, rules}`. Raises unknown_world, unknown_vendor."""
    name, after = call.params["world"], call.params["after"]
    registered, journal = worlds.get(name), worlds.journal(name)
    requested = call.params.get("vendor")
    vendors = vendor_access.vendors_by_name(worlds)
    if requested is not None:
        vendors = {requested: vendor_access.find_vendor(worlds, requested)}
    exchanges = journal.read(after=after, limit=max(1, journal.last_number()))
    contracts = {one.name: one.contract for one in vendors.values()}
    return {
        "world": name,
        "label": registered.get("label"),
        "exchanges": len(exchanges),
        "dropped": journal.count_dropped(after),
        "findings": judge(
            exchanges, contracts, lambda: worlds.seed_data.identifiers(registered["base"], _MOST_PEOPLE)
        ),
        "rules": [rule.name for rule in RULES],
    }
