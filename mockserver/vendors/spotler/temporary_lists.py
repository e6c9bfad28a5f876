"""Temporary list endpoints: named sets of contacts for a single use."""

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    account_records,
    contact_records,
    member_records,
    reference_records,
    temporary_list_records,
    timestamps,
)
from mockserver.vendors.spotler.temporary_list_records import API


def list_temporary_lists(_call: Call, world: World) -> object:
    """Returns all lists as `{externalTemporaryListId, name, createdAt, type}`; those of the UI have no id."""
    return [
        {
            **({"externalTemporaryListId": id} if record.get("type", API) == API else {}),
            "name": record["name"],
            "createdAt": timestamps.to_json(world, record["createdAt"]),
            "type": record.get("type", API),
        }
        for id, record in temporary_list_records.iterate(world)
    ]


def create_temporary_list(call: Call, world: World) -> object:
    """Creates a list with contacts.

    Problems, in this order: temporary_list_id_taken, temporary_list_name_taken, too_many_temporary_lists,
    no_temporary_list_created (a contact is unknown).
    """
    id, name = call.body["externalTemporaryListId"], call.body["name"]
    contacts = call.body.get("contacts") or []
    if temporary_list_records.exists(world, id):
        raise Problem("temporary_list_id_taken")
    if temporary_list_records.is_name_taken(world, name):
        raise Problem("temporary_list_name_taken")
    if temporary_list_records.count(world) >= account_records.get(world)["maximumTemporaryLists"]:
        raise Problem("too_many_temporary_lists")
    if contact_records.unknown_ids(world, contacts):
        raise Problem("no_temporary_list_created")
    record = temporary_list_records.add(world, id, name)
    member_records.add(world, record[member_records.KEY], contacts)
    return NOTHING


def add_temporary_list_contacts(call: Call, world: World) -> object:
    """Adds all contacts, or none if one is unknown.

    Problems, in this order: temporary_list_not_found, temporary_list_contacts_not_found.
    """
    record = temporary_list_records.require(world, call.params["externalTemporaryListId"])
    contacts = call.body["contacts"]
    if contact_records.unknown_ids(world, contacts):
        raise Problem("temporary_list_contacts_not_found")
    member_records.add(world, record[member_records.KEY], contacts)
    return NOTHING


def delete_temporary_list(call: Call, world: World) -> object:
    """Deletes the list. Problems: temporary_list_not_found, temporary_list_in_use."""
    id = call.params["externalTemporaryListId"]
    record = temporary_list_records.require(world, id)
    if reference_records.is_referenced(world, reference_records.TEMPORARY_LIST, id):
        raise Problem("temporary_list_in_use")
    temporary_list_records.remove(world, id, record)
    return NOTHING
