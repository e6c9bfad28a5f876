"""Consents that contacts can give."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.voyado import tenant_records


def list_consents(call: Call, world: World) -> object:
    """Lists the consents that the tenant defines."""
    return tenant_records.view(world)["consents"]


def list_consents_v2(call: Call, world: World) -> object:
    """Returns the same reply as `list_consents`."""
    return list_consents(call, world)
