"""POST /v1/tags/get and POST /v1/person/custom-field/get."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.ortto import lists
from mockserver.vendors.ortto.bodies import said
from mockserver.vendors.ortto.field_schema import custom_fields
from mockserver.vendors.ortto.tags import KIND


def get_tags(call: Call, world: World) -> object:
    """The tags whose name has `q` in it."""
    term = said(call.body).get("q", "").casefold()
    tags = (row.record for row in world.records(KIND).iterate())
    return lists.shown(world, [tag for tag in tags if term in tag["name"].casefold()])


def get_custom_fields(call: Call, world: World) -> object:
    """The definitions of people's custom fields."""
    return {"fields": custom_fields(world)}
