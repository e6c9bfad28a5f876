"""The vendors that this server fakes."""

from mockserver.call import Call
from mockserver.control import vendor_access
from mockserver.control.record_access import chosen_vendors
from mockserver.errors import Problem
from mockserver.state.links import Links
from mockserver.state.worlds import DEFAULT_WORLD, Worlds


def list_vendors(call: Call, worlds: Worlds) -> object:
    """`{vendors: [{name, title, url, contract, credentials, operations, backstage, ...}]}`.

    URLs and credentials of a world that is not the guest's own are not for them. Raises unknown_vendor,
    unknown_world.
    """
    guest = Links(worlds).guest_of(call)
    world = call.params.get("world", guest.world if guest else DEFAULT_WORLD)
    if guest and world != guest.world:
        raise Problem("unknown_world", world=world)
    registered = worlds.get(world)
    vendors = chosen_vendors(worlds, call.params.get("vendor"))
    return {
        "vendors": [
            vendor_access.vendor_view(vendor, registered, vendor_access.server_url(call))
            for vendor in vendors
        ]
    }
