"""The status of a member, which a cashier asks for."""

from typing import Final

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_records,
    identifier_logic,
    identifier_records,
    personal_number_logic,
)
from mockserver.vendors.voyado.timestamps import today

_MEMBER: Final = "Member"


def get_member_status(call: Call, world: World) -> object:
    """Returns the status of the first Member that matches."""
    field, _, value = call.params["query"].partition(":")
    if field == "socialSecurityNumber":
        value = personal_number_logic.normalize(value, today(world)) or value
    for id in identifier_records.find(world, field, identifier_logic.normalize(field, value)):
        record = contact_records.view(world, id)
        if record["contactType"] == _MEMBER:
            data = {"contactId": id, "memberNumber": record["memberNumber"]}
            if record["approved"]:
                return {"statusColor": "green", "statusText": "Member", "data": data}
            return {"statusColor": "yellow", "statusText": "Not approved", "data": data}
    return {"statusColor": "red", "statusText": "Not a member", "data": {}}
