"""Contacts: create, read, update, delete."""

from mockserver.call import Call, Reply
from mockserver.errors import Problem
from mockserver.state.records import Record, RecordView
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

_DEFAULT_SOURCE = "API"
"""The `sourceType` of a contact created without `source`."""


def get_contact(call: Call, world: World) -> object:
    """Returns the contact. Problem: contact_not_found."""
    id = _contact_id(call)
    return response_models.contact(world, id, contact_records.find(world, id))


def get_contact_v2(call: Call, world: World) -> object:
    """Returns the same reply as `get_contact`."""
    return get_contact(call, world)


def create_contact(call: Call, world: World) -> object:
    """Creates a contact of the type that the body names, by default a Member.

    Problems: invalid_contact_type, validation_error, contact_with_key_is_being_created,
    approved_contact_with_key_exists. Sources disagree about a duplicate key; as in the vendor's list of error
    codes it is rejected, instead of returning the existing contact.
    """
    configuration = tenant_records.view(world)
    contact_type = _find_contact_type(configuration, call.body.get("contactType", "Member"))
    approved = call.params["createAsUnapproved"] == "false"
    source = call.params.get("source") or _DEFAULT_SOURCE
    record = contact_logic.new_contact(world, contact_type["id"], source, approved)
    store = tenant_records.find_store(configuration, call.params.get("storeExternalId", ""))
    if store:
        record["store"] = store
    record = contact_logic.apply_body(world, configuration, record, call.body)
    contact_logic.validate_required(contact_type, record)
    directory = identifier_records.Directory(world)
    _reject_duplicate_key(world, directory, contact_type, record)
    id = contact_records.add(world, record, directory)
    return response_models.contact(world, id, record)


def create_contact_v2(call: Call, world: World) -> object:
    """Does the same as `create_contact`; the contract declares the parameters as headers."""
    return create_contact(call, world)


def update_contact(call: Call, world: World) -> object:
    """Updates and returns the contact; a `contactType` in the body is ignored.

    Problems: contact_not_found, validation_error.
    """
    id = _contact_id(call)
    before = contact_records.find(world, id)
    after = contact_logic.apply_body(world, tenant_records.view(world), before, call.body)
    contact_records.update(world, id, before, after)
    return response_models.contact(world, id, after)


def update_contact_v2(call: Call, world: World) -> object:
    """Does the same as `update_contact`."""
    return update_contact(call, world)


def update_contact_type(call: Call, world: World) -> object:
    """Changes the contact's type and returns the contact.

    Problems: contact_not_found, invalid_contact_type, validation_error.
    """
    id = _contact_id(call)
    before = contact_records.find(world, id)
    contact_type = _find_contact_type(tenant_records.view(world), call.params["contactTypeId"])
    contact_logic.validate_required(contact_type, before)
    after = {**before, "contactType": contact_type["id"]}
    contact_records.update(world, id, before, after)
    return response_models.contact(world, id, after)


def delete_contact(call: Call, world: World) -> object:
    """Deletes the contact; the reply has no body. Problem: contact_not_found, also for a deleted contact."""
    id = _contact_id(call)
    contact_records.remove(world, id, contact_records.find(world, id))
    return Reply()


def delete_contact_v2(call: Call, world: World) -> object:
    """Does the same as `delete_contact`; the contract declares `source` as a header."""
    return delete_contact(call, world)


def _contact_id(call: Call) -> str:
    return str(call.params["contactId"]).lower()


def _find_contact_type(configuration: RecordView, handle: str) -> Record:
    contact_type = tenant_records.find_contact_type(configuration, handle)
    if contact_type is None:
        raise Problem("invalid_contact_type")
    return contact_type


def _reject_duplicate_key(
    world: World, directory: identifier_records.Directory, contact_type: Record, record: Record
) -> None:
    attribute = contact_type["key"]
    value = identifier_logic.normalize(attribute, record[attribute])
    if key_lock_records.is_locked(world, contact_type["id"], value):
        raise Problem("contact_with_key_is_being_created")
    for id in directory.find(attribute, value):
        other = contact_records.find(world, id)
        if other["approved"] and other["contactType"] == contact_type["id"]:
            raise Problem("approved_contact_with_key_exists")
