"""Point accounts: each contact has one, with the points that its purchases earned."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records

_DEFINITION = 1
"""The id of the tenant's only kind of points."""


def list_point_accounts(call: Call, world: World) -> object:
    """Returns a page with the contact's account. Problem: contact_not_found."""
    id, offset = call.params["contactId"], call.params["offset"]
    contact = contact_records.find(world, id)
    account = {
        "id": int(contact["memberNumber"]),
        "contactId": id,
        "definitionId": _DEFINITION,
        "balance": contact["bonusPoints"],
        "balanceExpires": None,
        "pendingPoints": 0,
        "links": [],
    }
    items = [account][offset:]
    return {"count": len(items), "offset": offset, "items": items, "totalCount": 1}


def list_point_accounts_v2(call: Call, world: World) -> object:
    """Returns the same reply as `list_point_accounts`."""
    return list_point_accounts(call, world)
