"""The endpoint of custom fields: POST /v1/person/custom-field/get."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.ortto.custom_field_records import load_all


def get_custom_fields(call: Call, world: World) -> object:
    """Returns the definitions of the custom fields of people."""
    return {"fields": load_all(world)}
