"""Shared objects of the application: worlds, vendors, the control contract and access control."""

from mockserver.binding.bound_contract import BoundContract
from mockserver.contract.servers import Hosts
from mockserver.server.access_control import AccessControl
from mockserver.state.expiry import Expiry
from mockserver.state.worlds import Worlds
from mockserver.vendors import Vendors

MAX_BODY_BYTES = 32 * 1024 * 1024


class AppContext:
    """The objects that every view and the vendor middleware work with."""

    def __init__(
        self,
        worlds: Worlds,
        vendors: Vendors,
        control: BoundContract,
        access: AccessControl,
        expiry: Expiry | None,
    ) -> None:
        self.worlds = worlds
        self.vendors = vendors
        self.control = control
        self.hosts = Hosts((name, server) for name in vendors for server in vendors[name].contract.servers)
        self.access = access
        self.expiry = expiry
