"""Contacts: create, read, update, delete."""

from mockserver.call import Call, Reply
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_creation,
    contact_records,
    form_bodies,
    interaction_records,
    response_models,
)
from mockserver.vendors.voyado.contact_creation import Body


def get_contact(call: Call, world: World) -> object:
    """Returns the contact. Problem: contact_not_found."""
    id = call.params["contactId"]
    return response_models.contact(world, id, contact_records.view(world, id))


def get_contact_v2(call: Call, world: World) -> object:
    """Returns the contact with its preferences under the names of v2. Problem: contact_not_found."""
    id = call.params["contactId"]
    return response_models.contact_v2(world, id, contact_records.view(world, id))


def create_contact(call: Call, world: World) -> object:
    """Creates a contact of the type that the body names, by default a Member.

    Problems: invalid_contact_type and those of `contact_creation.create`.
    """
    return response_models.contact(world, *_create(call, world, call.body))


def create_contact_v2(call: Call, world: World) -> object:
    """Does the same as `create_contact`, also from a form; its parameters are headers."""
    body = form_bodies.read_contact(call, world) if call.body is None else call.body
    return response_models.contact_v2(world, *_create(call, world, body))


def update_contact(call: Call, world: World) -> object:
    """Updates and returns the contact; a `contactType` in the body is ignored.

    Problems: contact_not_found and those of `contact_creation.update`.
    """
    return response_models.contact(world, *_update(call, world))


def update_contact_v2(call: Call, world: World) -> object:
    """Does the same as `update_contact`."""
    return response_models.contact_v2(world, *_update(call, world))


def delete_contact(call: Call, world: World) -> object:
    """Deletes the contact; the reply has no body. Problem: contact_not_found, also for a deleted contact."""
    id = call.params["contactId"]
    contact_records.remove(world, id, contact_records.find(world, id))
    interaction_records.remove_of_contact(world, id)
    return Reply()


def delete_contact_v2(call: Call, world: World) -> object:
    """Does the same as `delete_contact`; the contract declares `source` as a header."""
    return delete_contact(call, world)


def _create(call: Call, world: World, body: Body) -> tuple[str, Record]:
    params = call.params
    return contact_creation.create(
        world,
        contact_creation.find_type(world, body.get("contactType", "Member")),
        body,
        source=params.get("source", ""),
        store=params.get("storeExternalId", ""),
        approved=params["createAsUnapproved"] == "false",
    )


def _update(call: Call, world: World) -> tuple[str, Record]:
    id = call.params["contactId"]
    return id, contact_creation.update(world, id, contact_records.find(world, id), call.body)
