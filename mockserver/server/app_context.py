"""Shared objects of the application: worlds, vendors, the control contract and access control."""

from collections.abc import Iterable, Mapping
from datetime import time as TimeOfDay  # noqa: N812
from types import MappingProxyType

from mockserver.binding.bound_contract import BoundContract
from mockserver.contract.servers import Hosts, Server
from mockserver.errors import UnknownVendorError
from mockserver.server.access_control import AccessControl
from mockserver.server.cross_origin import CrossOrigin
from mockserver.server.journal_watch import JournalWatch
from mockserver.server.upkeep import Upkeep
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
        host_map: Mapping[str, str] = MappingProxyType({}),
        reset_daily: TimeOfDay | None = None,
        cors: Iterable[str] = (),
    ) -> None:
        """`host_map` names the vendors of further hosts (`{host or base URL: vendor}`).

        Raises `UnknownVendorError`.
        """
        self.worlds = worlds
        self.vendors = vendors
        self.control = control
        for name in host_map.values():
            if name not in vendors:
                raise UnknownVendorError(name, vendors)
        mapped = [(name, Server.parse(_url(host))) for host, name in host_map.items()]
        own = [(name, server) for name in vendors for server in vendors[name].contract.servers]
        self.hosts: Hosts = Hosts([*mapped, *own])
        self.access = access
        self.expiry = expiry
        self.upkeep: Upkeep = Upkeep(worlds, reset_daily)
        self.cors: CrossOrigin | None = CrossOrigin(cors) if cors else None
        self.watch: JournalWatch = JournalWatch(worlds)


def _url(host: str) -> str:
    return host if "://" in host else f"https://{host}"
