"""Many contacts in one call, each with an answer of its own."""

from collections.abc import Mapping
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.spotler import contact_records, content_negotiation

_MESSAGES = {"email_invalid": "Email is invalid", "property_invalid": "Property is invalid"}


def create_contacts(call: Call, world: World) -> object:
    """What became of each contact, in the order of the call, as `{externalId, code, message}`.

    One that cannot be kept keeps none of the others from it. Problem: not_acceptable.
    """
    content_negotiation.demand_json(call)
    update, purge = call.body.get("update", False), call.body.get("purge", False)
    return [
        {"externalId": given["externalId"], "code": code, "message": message}
        for given in call.body["contacts"]
        for code, message in [_put(world, given, update, purge)]
    ]


def _put(world: World, given: Mapping[str, Any], update: bool, purge: bool) -> tuple[str, str]:
    id = given["externalId"]
    before = contact_records.get(world, id)
    try:
        if before is None:
            contact_records.add(world, given)
        elif update:
            contact_records.change(world, id, before, given, purge)
        else:
            return "CONTACT_ALREADY_EXISTS", "Contact already exists"
    except Problem as problem:
        return "PROPERTY_INVALID", _MESSAGES[problem.name]
    return "OK", ""
