"""The operations on audiences: each function has the name of its operation in the contract."""

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.newcomer import audience_records


def list_audiences(call: Call, world: World) -> object:
    """A page of the audiences, the oldest first, and where the next one begins."""
    limit, offset = call.params["limit"], call.params["offset"]
    # one more than asked for: it tells whether there is a next page
    found = world.records(audience_records.KIND).page(limit=limit + 1, skip=offset)
    return {
        "audiences": [audience_records.shown(one.id, one.record) for one in found[:limit]],
        "nextOffset": offset + limit if len(found) > limit else None,
    }


def get_audience(call: Call, world: World) -> object:
    """The audience. Problem: audience_not_found."""
    id = call.params["audienceId"]
    record = world.records(audience_records.KIND).get(id)
    if record is None:
        raise Problem("audience_not_found", id=id)
    return audience_records.shown(id, record)
