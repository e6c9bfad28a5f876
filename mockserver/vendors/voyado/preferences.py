"""Preferences: the channels on which a contact accepts messages. Setting one approves the contact."""

from typing import Any

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records, response_models


def set_accepts_email(call: Call, world: World) -> object:
    """Sets acceptsEmail and returns the contact. Problem: contact_not_found."""
    return _set_preference(call, world, "acceptsEmail")


def set_accepts_sms(call: Call, world: World) -> object:
    """Sets acceptsSms and returns the contact. Problem: contact_not_found."""
    return _set_preference(call, world, "acceptsSms")


def set_accepts_postal(call: Call, world: World) -> object:
    """Sets acceptsPostal and returns the contact. Problem: contact_not_found."""
    return _set_preference(call, world, "acceptsPostal")


def _set_preference(call: Call, world: World, preference: str) -> dict[str, Any]:
    id = call.params["contactId"]
    before = contact_records.find(world, id)
    after = {
        **before,
        "approved": True,  # documented for these endpoints
        "preferences": {**before["preferences"], preference: call.body["value"]},
    }
    contact_records.update(world, id, before, after)
    return response_models.contact_v2(world, id, after)
