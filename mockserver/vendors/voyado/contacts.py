"""Contacts: create, read, change, delete."""

from mockserver.call import Call, Reply
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_logic,
    contact_records,
    identifier_logic,
    identifier_records,
    key_lock_records,
    response_models,
    tenant_records,
)

_SOURCE = "API"  # what sourceType says of a contact whose creator does not say where it comes from


def get_contact(call: Call, world: World) -> object:
    """The contact. Problem: contact_not_found."""
    id = _id(call)
    return response_models.contact(world, id, contact_records.find(world, id))


def get_contact_v2(call: Call, world: World) -> object:
    """As v3."""
    return get_contact(call, world)


def create_contact(call: Call, world: World) -> object:
    """A new contact of the type that the body names, or else a Member.

    Problems: invalid_contact_type, validation_error, contact_with_key_is_being_created,
    approved_contact_with_key_exists. That a taken key is refused, not answered with the contact that has it,
    is what the vendor's list of error codes says.
    """
    configuration = tenant_records.read(world)
    contact_type = _contact_type(configuration, call.body.get("contactType", "Member"))
    approved = call.params["createAsUnapproved"] == "false"
    record = contact_logic.fresh(world, contact_type["id"], call.params.get("source") or _SOURCE, approved)
    store = tenant_records.store(configuration, call.params.get("storeExternalId", ""))
    if store:
        record["store"] = store
    record = contact_logic.apply(world, configuration, record, call.body)
    contact_logic.demand(contact_type, record)
    _refuse_taken_key(world, contact_type, record)
    id = contact_records.add(world, record)
    return response_models.contact(world, id, record)


def create_contact_v2(call: Call, world: World) -> object:
    """As v3, though the parameters come in headers."""
    return create_contact(call, world)


def update_contact(call: Call, world: World) -> object:
    """The contact, changed; its type stays whatever the body says.

    Problems: contact_not_found, validation_error.
    """
    id = _id(call)
    before = contact_records.find(world, id)
    after = contact_logic.apply(world, tenant_records.read(world), before, call.body)
    contact_records.change(world, id, before, after)
    return response_models.contact(world, id, after)


def update_contact_v2(call: Call, world: World) -> object:
    """As v3's PATCH."""
    return update_contact(call, world)


def update_contact_type(call: Call, world: World) -> object:
    """The contact as one of another type.

    Problems: contact_not_found, invalid_contact_type, validation_error.
    """
    id = _id(call)
    before = contact_records.find(world, id)
    contact_type = _contact_type(tenant_records.read(world), call.params["contactTypeId"])
    contact_logic.demand(contact_type, before)
    after = {**before, "contactType": contact_type["id"]}
    contact_records.change(world, id, before, after)
    return response_models.contact(world, id, after)


def delete_contact(call: Call, world: World) -> object:
    """No body. Problem: contact_not_found, also for one that was deleted before."""
    id = _id(call)
    contact_records.remove(world, id, contact_records.find(world, id))
    return Reply()


def delete_contact_v2(call: Call, world: World) -> object:
    """As v3, though the source comes in a header."""
    return delete_contact(call, world)


def _id(call: Call) -> str:
    return str(call.params["contactId"]).lower()


def _contact_type(configuration: Record, handle: str) -> Record:
    known = tenant_records.contact_type(configuration, handle)
    if known is None:
        raise Problem("invalid_contact_type")
    return known


def _refuse_taken_key(world: World, contact_type: Record, record: Record) -> None:
    attribute = contact_type["key"]
    value = identifier_logic.folded(attribute, record[attribute])
    if key_lock_records.is_held(world, contact_type["id"], value):
        raise Problem("contact_with_key_is_being_created")
    for id in identifier_records.find(world, attribute, value):
        other = contact_records.find(world, id)
        if other["approved"] and other["contactType"] == contact_type["id"]:
            raise Problem("approved_contact_with_key_exists")
