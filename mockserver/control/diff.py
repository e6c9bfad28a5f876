"""The differences between two states of a world: listed, judged, and digested."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import orjson

from mockserver.call import Call, EffectEntry
from mockserver.control import effects_view
from mockserver.control.past_states import states
from mockserver.control.record_access import NOW, START, chosen_vendors, find_collection, named_state
from mockserver.control.vendor_access import server_url
from mockserver.formats.diff_verdict import judge
from mockserver.pipeline.effect_entries import blank_secrets
from mockserver.state.effects import Difference, count, describe
from mockserver.state.world_diff import state_hashes, world_differences
from mockserver.state.worlds import Worlds

_DESCRIBED: Final = 1_000  # of the changes that a verdict looks at


def get_diff(call: Call, worlds: Worlds) -> object:
    """`{from, to, counts, changes, more}`.

    Raises unknown_world, unknown_snapshot, other_start, unknown_exchange, unfit_capsule, too_many_worlds,
    unknown_vendor.
    """
    limit = call.params["limit"]
    with _differences(call, call.params, worlds) as found:
        return {
            "from": call.params["from"],
            "to": call.params["to"],
            "counts": count(found),
            "changes": _described(found[:limit], worlds),
            "more": max(0, len(found) - limit),
        }


def assert_diff(call: Call, worlds: Worlds) -> object:
    """`{passed, message, counts}`. Raises the problems of `get_diff`, and unknown_collection."""
    wanted: Mapping[str, Any] = call.body
    _check_names(wanted, worlds)
    with _differences(call, {"from": START, "to": NOW, **wanted}, worlds) as found:
        counts = count(found)
        message = judge(wanted, counts, _described(found[:_DESCRIBED], worlds))
    return {"passed": message is None, "message": message, "counts": counts}


def get_state_hash(call: Call, worlds: Worlds) -> object:
    """`{hash, vendors}`. Raises unknown_world, unknown_snapshot."""
    world, at = call.params["world"], call.params["at"]
    start, state = (named_state(worlds, world, name) for name in (START, at))
    specs = {vendor.name: [*vendor.collections.values()] for vendor in chosen_vendors(worlds, None)}
    vendors = state_hashes(start, state, specs)
    return {"hash": _digest_of(vendors, start.name), "vendors": vendors}


@contextmanager
def _differences(call: Call, params: Mapping[str, Any], worlds: Worlds) -> Iterator[list[Difference]]:
    """The differences between the states `from` and `to`; of one vendor, if it is given."""
    names = [params[side] for side in ("from", "to")]
    with states(worlds, call.params["world"], names, server_url(call)) as known, worlds.store.transaction():
        specs = [
            spec
            for vendor in chosen_vendors(worlds, params.get("vendor"))
            for spec in vendor.collections.values()
        ]
        before, after = map(known.find, names)
        found = world_differences(before, after, specs)
        yield [one for one in found if known.is_real(one)]


def _described(found: list[Difference], worlds: Worlds) -> list[EffectEntry]:
    entries = [describe(one) for one in found]
    blank_secrets(entries, effects_view.redaction(worlds))
    return entries


def _check_names(wanted: Mapping[str, Any], worlds: Worlds) -> None:
    """Raises unknown_vendor and unknown_collection: a name that nothing has would always pass."""
    by_change = wanted.get("only", {}).values()
    for name in (*wanted.get("none", ()), *(name for counts in by_change for name in counts)):
        vendor, dot, collection = name.partition(".")
        if dot:
            find_collection(worlds, vendor, collection)
        else:
            chosen_vendors(worlds, vendor)


def _digest_of(vendors: Mapping[str, str], start: str) -> str:
    # The generation of the seed data, after the dash, says nothing about its content.
    parts = [start.partition("-")[0], vendors]
    return hashlib.blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
