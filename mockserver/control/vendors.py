"""The vendors that this server fakes."""

from mockserver.call import Call
from mockserver.control import vendor_access
from mockserver.state.worlds import Worlds


def list_vendors(call: Call, worlds: Worlds) -> object:
    """`{vendors: [{name, title, url, contract, credentials, operations, backstage, ...}]}`."""
    registered = worlds.get("default")
    return {
        "vendors": [
            vendor_access.vendor_view(vendor, registered, vendor_access.server_url(call))
            for vendor in vendor_access.vendors_by_name(worlds).values()
        ]
    }
