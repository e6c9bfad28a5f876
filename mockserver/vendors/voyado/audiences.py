"""Target audiences. Their members are only visible in the contacts' overviews."""

from mockserver.call import Call
from mockserver.state.world import World


def list_target_audiences(call: Call, world: World) -> object:
    """Lists all target audiences as `{id, name}`, in order of creation."""
    return [
        {"id": audience.id, "name": audience.record["name"]}
        for audience in world.records("audience").iterate()
    ]


def list_target_audiences_v2(call: Call, world: World) -> object:
    """Returns the same reply as `list_target_audiences`."""
    return list_target_audiences(call, world)
