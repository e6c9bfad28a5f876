"""The states of a world whose records are read: now, at its start, and at a snapshot."""

from mockserver.binding.vendor import Vendor
from mockserver.control import vendor_access
from mockserver.errors import Problem
from mockserver.state.collection_spec import CollectionSpec
from mockserver.state.memberships import Audiences, People
from mockserver.state.world_record import world_space
from mockserver.state.worlds import Worlds
from mockserver.storage.layout import snapshot_space_name
from mockserver.storage.store import Space

START = "start"
NOW = "now"


def state_of(worlds: Worlds, world: str, vendor: str) -> Space:
    """The records of a world now, with the vendor's seed data written. Locks the world."""
    record = worlds.get(world)
    worlds.seed_data.ensure_loaded(record["base"], worlds.vendors[vendor])
    return world_space(worlds.store, record)


def named_state(worlds: Worlds, world: str, name: str) -> Space:
    """The records at `start`, `now`, or a snapshot. Raises unknown_world, unknown_snapshot, other_start."""
    record = worlds.get(world)
    if name == START:
        return worlds.store.space(record["base"])
    if name == NOW:
        return world_space(worlds.store, record)
    if worlds.saved.find(record, name)["base"] != record["base"]:
        raise Problem("other_start", snapshot=name, world=world)
    return worlds.store.space(snapshot_space_name(world, name), record["base"])


def find_collection(worlds: Worlds, vendor: str, name: str) -> CollectionSpec:
    """The vendor's collection of this name. Raises unknown_vendor, unknown_collection."""
    found = vendor_access.find_vendor(worlds, vendor)
    if name not in found.collections:
        known = ", ".join(found.collections) or "none"
        raise Problem("unknown_collection", vendor=vendor, collection=name, known=known)
    return found.collections[name]


def people_of(worlds: Worlds, world: str, vendor: Vendor) -> People | None:
    """The people of the vendor in a world now; None if it keeps none. Locks the world."""
    spec = vendor.collections.people
    if spec is None:
        return None
    return People(state_of(worlds, world, vendor.name), vendor.collections, spec)


def audiences_of(worlds: Worlds, world: str, vendor: Vendor) -> Audiences | None:
    """The audiences of the vendor in a world now; None if it declares none. Locks the world."""
    spec = vendor.collections.audiences
    if spec is None:
        return None
    space = state_of(worlds, world, vendor.name)
    return Audiences(space, vendor.collections, spec, people_of(worlds, world, vendor))


def chosen_vendors(worlds: Worlds, name: str | None) -> list[Vendor]:
    """The vendor of this name, or all. Raises unknown_vendor."""
    if name is not None:
        return [vendor_access.find_vendor(worlds, name)]
    return [*vendor_access.vendors_by_name(worlds).values()]
