"""Contacts in bulk: batches, which are processed later, and their status."""

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.voyado import batch_processing, batch_records, contact_creation

_STATUS = ("status", "total", "succeeded", "failed", "errors")


def create_contacts_in_bulk(call: Call, world: World) -> object:
    """Takes a batch of new contacts and returns its id. Problems: no_data, invalid_contact_type."""
    return _take(call, world, creates=True)


def create_contacts_in_bulk_v2(call: Call, world: World) -> object:
    """Does the same as `create_contacts_in_bulk`."""
    return create_contacts_in_bulk(call, world)


def update_contacts_in_bulk(call: Call, world: World) -> object:
    """Takes a batch of changes and returns its id. Problems: no_data, invalid_contact_type."""
    return _take(call, world, creates=False)


def update_contacts_in_bulk_v2(call: Call, world: World) -> object:
    """Does the same as `update_contacts_in_bulk`."""
    return update_contacts_in_bulk(call, world)


def get_bulk_status(call: Call, world: World) -> object:
    """Returns the status of the batch. Problem: batch_not_found."""
    id = call.params["batchId"]
    batch = batch_records.get(world, id)
    if batch is None:
        raise Problem("batch_not_found")
    return {"batchId": id} | {name: batch[name] for name in _STATUS}


def get_bulk_status_v2(call: Call, world: World) -> object:
    """Returns the same reply as `get_bulk_status`."""
    return get_bulk_status(call, world)


def _take(call: Call, world: World, creates: bool) -> str:
    if not call.body:
        raise Problem("no_data")
    contact_type = contact_creation.find_type(world, call.params["contactType"])
    id = batch_records.add(world, contact_type["id"], creates, call.body)
    batch_processing.schedule(world, id, len(call.body))
    return id
