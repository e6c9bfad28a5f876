"""Actions of the vendor's user interface: each function has the name of its action in backstage.yaml."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.example_vendor import audience_records


def create_audience(call: Call, world: World) -> object:
    """The new audience, which is empty."""
    return audience_records.add(world, call.body["name"], 0, world.now())
