"""Stores: list, create, read, update."""

from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import store_records


def list_stores(call: Call, world: World) -> object:
    """Lists the stores, inactive ones only on request."""
    inactive = call.params["includeInactive"]
    return [_to_dict(store) for store in store_records.list_all(world) if store["active"] or inactive]


def list_stores_v2(call: Call, world: World) -> object:
    """Returns the same reply as `list_stores`."""
    return list_stores(call, world)


def create_store(call: Call, world: World) -> object:
    """Creates a store and returns it. Problem: store_exists."""
    if store_records.get(world, call.body["externalId"]):
        raise Problem("store_exists")
    return _to_dict(store_records.new(world, call.body))


def create_store_v2(call: Call, world: World) -> object:
    """Does the same as `create_store`."""
    return create_store(call, world)


def get_store(call: Call, world: World) -> object:
    """Returns the store. Problem: store_not_found, also for an inactive store without `includeInactive`."""
    store = _find(call, world)
    if not store["active"] and not call.params["includeInactive"]:
        raise Problem("store_not_found")
    return _to_dict(store)


def get_store_v2(call: Call, world: World) -> object:
    """Returns the same reply as `get_store`."""
    return get_store(call, world)


def update_store(call: Call, world: World) -> object:
    """Changes the members in the body and returns the store. Problem: store_not_found."""
    store = _find(call, world)
    given = {name: call.body[name] for name in store_records.TEXTS if name in call.body}
    given |= {"externalId": store["externalId"], "name": given.get("name") or store["name"]}
    if call.body.get("active") is not None:
        given["active"] = call.body["active"]
    after = store | given
    store_records.write(world, after)
    return _to_dict(after)


def update_store_v2(call: Call, world: World) -> object:
    """Does the same as `update_store`."""
    return update_store(call, world)


def _find(call: Call, world: World) -> Record:
    store = store_records.get(world, call.params["externalId"])
    if store is None:
        raise Problem("store_not_found")
    return store


def _to_dict(store: Record) -> dict[str, Any]:
    return {name: store.get(name) for name in store_records.TEXTS} | {"active": store["active"]}
