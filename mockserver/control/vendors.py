"""The vendors that this server fakes."""

from mockserver.call import Call
from mockserver.control import vendor_access
from mockserver.control.record_access import chosen_vendors
from mockserver.state.worlds import Worlds


def list_vendors(call: Call, worlds: Worlds) -> object:
    """`{vendors: [{name, title, url, contract, credentials, operations, backstage, ...}]}`.

    Raises unknown_vendor.
    """
    registered = worlds.get("default")
    vendors = chosen_vendors(worlds, call.params.get("vendor"))
    return {
        "vendors": [
            vendor_access.vendor_view(vendor, registered, vendor_access.server_url(call))
            for vendor in vendors
        ]
    }
