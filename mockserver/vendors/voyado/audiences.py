"""Target audiences: which ones exist. Who is in them is read from the contacts' overviews."""

from mockserver.call import Call
from mockserver.state.world import World


def list_target_audiences(call: Call, world: World) -> object:
    """All of them in the order of their making, as `{id, name}`."""
    return [{"id": one.id, "name": one.record["name"]} for one in world.records("audience").iterate()]


def list_target_audiences_v2(call: Call, world: World) -> object:
    """As v3."""
    return list_target_audiences(call, world)
