"""Audience endpoints: each function has the name of its operation in the contract."""

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.example_vendor import audience_records


def list_audiences(call: Call, world: World) -> object:
    """One page of audiences, oldest first, and the offset of the next page."""
    limit, offset = call.params["limit"], call.params["offset"]
    # One more than requested: it shows whether there is a next page.
    found = world.records(audience_records.KIND).page(limit=limit + 1, skip=offset)
    return {
        "audiences": [audience_records.to_dict(one.id, one.record) for one in found[:limit]],
        "nextOffset": offset + limit if len(found) > limit else None,
    }


def get_audience(call: Call, world: World) -> object:
    """One audience. Problem: audience_not_found."""
    id = call.params["audienceId"]
    record = world.records(audience_records.KIND).require(id, "audience_not_found", id=id)
    return audience_records.to_dict(id, record)
