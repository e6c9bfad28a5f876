"""Creation and update of contacts, for single calls and for batches."""

from typing import Any

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_logic,
    contact_records,
    identifier_logic,
    identifier_records,
    key_lock_records,
    personal_number_logic,
    store_records,
    tenant_records,
    validation_messages,
)
from mockserver.vendors.voyado.timestamps import today

DEFAULT_SOURCE = "API"
"""The `sourceType` of a contact created without `source`."""

Body = contact_logic.Body


def find_type(world: World, handle: str) -> Record:
    """Returns the contact type. Raises the problem invalid_contact_type."""
    contact_type = tenant_records.find_contact_type(tenant_records.view(world), handle)
    if contact_type is None:
        raise Problem("invalid_contact_type")
    return contact_type


def create(
    world: World,
    contact_type: Record,
    body: Body,
    *,
    source: str = "",
    store: str = "",
    approved: bool = True,
) -> tuple[str, Record]:
    """Creates a contact and returns its id and record.

    Raises the problems validation_error, contact_with_key_is_being_created and
    approved_contact_with_key_exists. Sources disagree about a duplicate key; as in the vendor's list of error
    codes it is rejected, instead of returning the existing contact.
    """
    record = contact_logic.new_contact(world, contact_type["id"], source or DEFAULT_SOURCE, approved)
    found = store_records.get(world, store) if store else None
    if found:
        record["store"] = store_records.as_contact_store(found)
    record = contact_logic.apply_body(world, tenant_records.view(world), record, body)
    contact_logic.validate_required(contact_type, record)
    directory = identifier_records.Directory(world)
    value = identifier_logic.normalize(contact_type["key"], record[contact_type["key"]])
    if key_lock_records.is_locked(world, contact_type["id"], value):
        raise Problem("contact_with_key_is_being_created")
    reject_taken_key(world, contact_type, record, directory=directory)
    return contact_records.add(world, record, directory), record


def update(world: World, id: str, before: Record, body: Body) -> Record:
    """Updates a contact and returns its record.

    Raises the problems validation_error and approved_contact_with_key_exists, the latter and an emptied
    attribute with the switch check_key_on_update.
    """
    configuration = tenant_records.view(world)
    after = contact_logic.apply_body(world, configuration, before, body)
    contact_type = tenant_records.find_contact_type(configuration, before["contactType"])
    if contact_type and world.switches["check_key_on_update"]:
        contact_logic.validate_required(contact_type, after, before)
        key = contact_type["key"]
        if after.get(key) != before.get(key):
            reject_taken_key(world, contact_type, after, own_id=id)
    contact_records.update(world, id, before, after)
    return after


def change_type(world: World, id: str, before: Record, contact_type: Record, body: Body) -> Record:
    """Changes a contact's type and the attributes in the body, and returns its record.

    Raises the problems validation_error and approved_contact_with_key_exists.
    """
    after: dict[str, Any] = contact_logic.apply_body(world, tenant_records.view(world), before, body)
    after["contactType"] = contact_type["id"]
    contact_logic.validate_required(contact_type, after)
    reject_taken_key(world, contact_type, after, own_id=id)
    contact_records.update(world, id, before, after)
    return after


def reject_taken_key(
    world: World,
    contact_type: Record,
    record: Record,
    *,
    own_id: str = "",
    directory: identifier_records.Directory | None = None,
) -> None:
    """Raises approved_contact_with_key_exists if another approved contact of the type has the key."""
    attribute = contact_type["key"]
    value = identifier_logic.normalize(attribute, record[attribute])
    for id in (directory or identifier_records.Directory(world)).find(attribute, value):
        other = contact_records.view(world, id)
        if id != own_id and other["approved"] and other["contactType"] == contact_type["id"]:
            raise Problem("approved_contact_with_key_exists")


def missing(attribute: str) -> Problem:
    """The problem of a contact without an attribute."""
    message = validation_messages.required(attribute)
    return Problem("validation_error", errors=[validation_messages.entry(attribute, message)])


def find_by_key(world: World, contact_type: Record, value: str) -> tuple[str, Record] | None:
    """Returns id and record of the contact of the type with this key."""
    attribute = contact_type["key"]
    if attribute == "socialSecurityNumber":
        value = personal_number_logic.normalize(value, today(world)) or value
    return find_by(world, contact_type, attribute, value)


def find_by(world: World, contact_type: Record, attribute: str, value: str) -> tuple[str, Record] | None:
    """Returns id and record of the contact of the type with this value: the approved one, else the first."""
    ids = identifier_records.find(world, attribute, identifier_logic.normalize(attribute, value))
    found = [(id, contact_records.find(world, id)) for id in ids]
    matching = [one for one in found if one[1]["contactType"] == contact_type["id"]]
    return next((one for one in matching if one[1]["approved"]), matching[0] if matching else None)
