"""The endpoint of tags: POST /v1/tags/get."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.ortto.null_handling import null_if_empty, without_nulls
from mockserver.vendors.ortto.tag_records import KIND, render


def get_tags(call: Call, world: World) -> object:
    """Returns the tags whose name contains `q`."""
    term = without_nulls(call.body).get("q", "").casefold()
    tags = (row.record for row in world.records(KIND).iterate())
    return null_if_empty(world, [render(tag) for tag in tags if term in tag["name"].casefold()])
