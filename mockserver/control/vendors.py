"""The vendors that this server fakes."""

from mockserver.call import Call
from mockserver.control import doors
from mockserver.world.worlds import Worlds


def list_vendors(call: Call, worlds: Worlds) -> object:
    """`{vendors: [{name, title, url, contract, credentials, operations, backstage, curl}]}`."""
    registered = worlds.get("default")
    return {
        "vendors": [
            doors.of_vendor(vendor, registered, doors.base(call)) for vendor in doors.bound(worlds).values()
        ]
    }
