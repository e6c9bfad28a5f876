"""Contacts by their type: changes of the type, and reads by the key of a type."""

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_creation,
    contact_records,
    response_models,
)

_MEMBER = "Member"


def update_contact_type(call: Call, world: World) -> object:
    """Changes the contact's type and returns the contact.

    Problems: contact_not_found, invalid_contact_type and those of `contact_creation.change_type`.
    """
    return response_models.contact(world, *_change_type(call, world))


def update_contact_type_v2(call: Call, world: World) -> object:
    """Does the same as `update_contact_type`, but rejects the type Member: documented not to work in v2."""
    if call.params["contactTypeId"].lower() == _MEMBER.lower():
        contact_records.check(world, call.params["contactId"])
        raise Problem("invalid_contact_type")
    return response_models.contact_v2(world, *_change_type(call, world))


def promote_to_member(call: Call, world: World) -> object:
    """Makes the contact a Member, with the attributes in the body; a Member stays as it is.

    Problems: contact_not_found and those of `contact_creation.change_type`.
    """
    id = call.params["contactId"]
    record = contact_records.find(world, id)
    if record["contactType"] != _MEMBER:
        member = contact_creation.find_type(world, _MEMBER)
        record = contact_creation.change_type(world, id, record, member, call.body or {})
    return response_models.contact_v2(world, id, record)


def get_contact_by_key(call: Call, world: World) -> object:
    """Returns the contact of the type with this key. Problems: invalid_contact_type, contact_not_found."""
    contact_type = contact_creation.find_type(world, call.params["contactType"])
    return _to_reply(world, contact_creation.find_by_key(world, contact_type, call.params["keyValue"]))


def get_contact_by_key_in_path(call: Call, world: World) -> object:
    """Returns the same reply as `get_contact_by_key`."""
    return get_contact_by_key(call, world)


def get_contact_by_external_id(call: Call, world: World) -> object:
    """Returns the contact of the type with this external id.

    Problems: invalid_contact_type, contact_not_found.
    """
    contact_type = contact_creation.find_type(world, call.params["contactType"])
    found = contact_creation.find_by(world, contact_type, "externalId", call.params["externalId"])
    return _to_reply(world, found)


def _change_type(call: Call, world: World) -> tuple[str, Record]:
    id = call.params["contactId"]
    before = contact_records.find(world, id)
    contact_type = contact_creation.find_type(world, call.params["contactTypeId"])
    if contact_type["id"] == before["contactType"]:
        return id, before
    return id, contact_creation.change_type(world, id, before, contact_type, {})


def _to_reply(world: World, found: tuple[str, Record] | None) -> object:
    if found is None:
        raise Problem("contact_not_found")
    return response_models.contact_v2(world, *found)
