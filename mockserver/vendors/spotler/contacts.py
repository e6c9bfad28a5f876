"""Contacts one by one: made, read, changed, anonymised, inactivated. Nothing deletes one."""

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    account_records,
    contact_records,
    content_negotiation,
    member_records,
    property_logic,
)


def list_contact_properties(call: Call, world: World) -> object:
    """All properties that contacts of this account may have. Problem: not_acceptable."""
    content_negotiation.demand_json(call)
    return property_logic.definitions(account_records.read(world)["permissions"])


def get_contact(call: Call, world: World) -> object:
    """The contact with those properties that have a value. Problems: contact_not_found, not_acceptable."""
    content_negotiation.demand_json(call)
    id = call.params["externalId"]
    return contact_records.Shower(world).show(id, contact_records.find(world, id))


def create_contact(call: Call, world: World) -> object:
    """Nothing. With `update` a contact that exists is changed.

    Problems: email_invalid, property_invalid, contact_already_exists.
    """
    given = call.body["contact"]
    before = contact_records.get(world, given["externalId"])
    if before is None:
        contact_records.add(world, given)
    elif call.body.get("update", False):
        purge = call.body.get("purge", False)
        contact_records.change(world, given["externalId"], before, given, purge)
    else:
        raise Problem("contact_already_exists")
    return NOTHING


def update_contact(call: Call, world: World) -> object:
    """Nothing. `purge` clears what the body leaves out; `update` decides nothing here.

    Problems, in this order: contact_not_found, contact_id_mismatch, email_invalid and property_invalid.
    """
    id, given = call.params["externalId"], call.body["contact"]
    before = contact_records.find(world, id)
    if given.get("externalId", id) != id:
        raise Problem("contact_id_mismatch")
    contact_records.change(world, id, before, given, call.body.get("purge", False))
    return NOTHING


def anonymize_contact(call: Call, world: World) -> object:
    """Nothing. The contact leaves every audience and list. Problem: contact_not_found."""
    id = call.params["externalId"]
    contact_records.anonymize(world, id, contact_records.find(world, id))
    member_records.remove_everywhere(world, id)
    return NOTHING


def inactivate_contact(call: Call, world: World) -> object:
    """Nothing. The contact stays in its audiences. Problem: contact_not_found."""
    id = call.params["externalId"]
    contact_records.inactivate(world, id, contact_records.find(world, id))
    return NOTHING
