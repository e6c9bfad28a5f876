"""The conduct report of a world: what its calls show about the client."""

from typing import Any, Final

from mockserver.call import Call
from mockserver.conduct.catalogue import RULES
from mockserver.conduct.facts import Facts
from mockserver.conduct.report import judge
from mockserver.control import record_access, vendor_access
from mockserver.state.action_log import MAX_ACTIONS, ActionLog
from mockserver.state.record_pages import find_record
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
        "findings": judge(exchanges, contracts, _facts(call, worlds), _restored_after(worlds, name)),
        "rules": [rule.name for rule in RULES],
    }


def _restored_after(worlds: Worlds, name: str) -> list[int]:
    """The numbers of the exchanges after which a snapshot of the world was restored."""
    actions = ActionLog(worlds.store, name).read(0, MAX_ACTIONS)
    return [one["after"] for one in actions if one["operation"] == "restore_snapshot"]


def _facts(call: Call, worlds: Worlds) -> Facts:
    """The facts that the world has besides its journal."""
    name = call.params["world"]
    base, given = worlds.get(name)["base"], call.params.get("identifier") or []

    def record(vendor: str, collection: str, id: str) -> Any:
        spec = record_access.find_collection(worlds, vendor, collection)
        found = find_record(record_access.state_of(worlds, name, vendor), spec, id)
        return found.record if found else None

    return Facts(
        lambda: [*given, *worlds.seed_data.identifiers(base, _MOST_PEOPLE)], record, call.params["patience"]
    )
