"""Temporary lists: named selections of contacts that another system makes for one purpose."""

from typing import Any, Final

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    account_records,
    contact_records,
    content_negotiation,
    member_records,
    reference_records,
    timestamps,
)

KIND: Final = "temporary_list"
_BY_NAME: Final = "temporary_list_by_name"


def list_temporary_lists(call: Call, world: World) -> object:
    """All of them, as `{externalTemporaryListId, name, createdAt, type}`. Problem: not_acceptable."""
    content_negotiation.demand_json(call)
    return [_shown(world, one.id, one.record) for one in world.records(KIND).iterate()]


def create_temporary_list(call: Call, world: World) -> object:
    """Nothing.

    Problems, in this order: temporary_list_id_taken, temporary_list_name_taken, too_many_temporary_lists,
    no_temporary_list_created (a contact is unknown).
    """
    id, name = call.body["externalTemporaryListId"], call.body["name"]
    contacts = call.body.get("contacts") or []
    lists, names = world.records(KIND), world.index(_BY_NAME)
    if lists.has(id):
        raise Problem("temporary_list_id_taken")
    if names.find(name, limit=1):
        raise Problem("temporary_list_name_taken")
    if lists.count() >= account_records.read(world)["maximumTemporaryLists"]:
        raise Problem("too_many_temporary_lists")
    if contact_records.unknown(world, contacts):
        raise Problem("no_temporary_list_created")
    roll = member_records.new_roll(world)
    lists.add(id, {"name": name, "createdAt": timestamps.now(world), "roll": roll})
    names.add(name, id)
    member_records.add(world, roll, contacts)
    return NOTHING


def add_temporary_list_contacts(call: Call, world: World) -> object:
    """Nothing. All are added or, if one is unknown, none.

    Problems, in this order: temporary_list_not_found, temporary_list_contacts_not_found.
    """
    record = _find(world, call.params["externalTemporaryListId"])
    contacts = call.body["contacts"]
    if contact_records.unknown(world, contacts):
        raise Problem("temporary_list_contacts_not_found")
    member_records.add(world, record["roll"], contacts)
    return NOTHING


def delete_temporary_list(call: Call, world: World) -> object:
    """Nothing. Problems: temporary_list_not_found, temporary_list_in_use."""
    id = call.params["externalTemporaryListId"]
    record = _find(world, id)
    if reference_records.is_used(world, reference_records.TEMPORARY_LIST, id):
        raise Problem("temporary_list_in_use")
    world.records(KIND).remove(id)
    world.index(_BY_NAME).remove(record["name"], id)
    reference_records.forget(world, reference_records.TEMPORARY_LIST, id)
    return NOTHING


def _find(world: World, id: str) -> Record:
    record = world.records(KIND).get(id)
    if record is None:
        raise Problem("temporary_list_not_found")
    return record


def _shown(world: World, id: str, record: Record) -> dict[str, Any]:
    return {
        "externalTemporaryListId": id,
        "name": record["name"],
        "createdAt": timestamps.sent(world, record["createdAt"]),
        "type": "API",
    }
