"""What contacts can be asked to agree to."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.voyado import tenant_records


def list_consents(call: Call, world: World) -> object:
    """The consents that this Engage defines."""
    return tenant_records.read(world)["consents"]


def list_consents_v2(call: Call, world: World) -> object:
    """As v3."""
    return list_consents(call, world)
