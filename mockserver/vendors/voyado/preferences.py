"""Preferences: by which channels a contact wants to be reached. Setting one approves the contact."""

from typing import Any

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records, response_models


def set_accepts_email(call: Call, world: World) -> object:
    """The contact, changed. Problem: contact_not_found."""
    return _set(call, world, "acceptsEmail")


def set_accepts_sms(call: Call, world: World) -> object:
    """The contact, changed. Problem: contact_not_found."""
    return _set(call, world, "acceptsSms")


def set_accepts_postal(call: Call, world: World) -> object:
    """The contact, changed. Problem: contact_not_found."""
    return _set(call, world, "acceptsPostal")


def _set(call: Call, world: World, preference: str) -> dict[str, Any]:
    id = str(call.params["contactId"]).lower()
    before = contact_records.find(world, id)
    after = {
        **before,
        "approved": True,  # as the vendor documents these calls
        "preferences": {**before["preferences"], preference: call.body["value"]},
    }
    contact_records.change(world, id, before, after)
    return response_models.contact(world, id, after)
