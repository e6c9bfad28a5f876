"""What people do in the vendor's own user interface: each function has the name of its action."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.newcomer import audience_records


def create_audience(call: Call, world: World) -> object:
    """The new audience; nobody is in it."""
    return audience_records.add(world, call.body["name"], 0, world.now())
