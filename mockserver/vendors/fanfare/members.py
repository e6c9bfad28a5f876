"""The members of an audience."""

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, consumer_records, membership, pages, tenant


def list_audience_members(call: Call, world: World) -> object:
    """`{data, pageInfo}`, the newest consumers first. Problems: audience_not_found, validation_failed."""
    organization = tenant.of(call, world)
    audience = audience_records.find(world, organization, call.params["audienceId"])
    return pages.of_members(world, organization, [audience["id"]], call.params)


def add_audience_members(call: Call, world: World) -> object:
    """`{audienceId, addedCount}`, counting who is new. Problems: audience_not_found, not_static,
    consumer_not_found (nobody is added then)."""
    organization = tenant.of(call, world)
    audience = audience_records.find(world, organization, call.params["audienceId"])
    if audience["type"] != audience_records.STATIC:
        raise Problem("not_static")
    wanted = dict.fromkeys(call.body["consumerIds"])
    consumers = [consumer_records.find(world, organization, id) for id in wanted]
    added = sum(membership.join(world, audience["id"], one) for one in consumers)
    return {"audienceId": audience["id"], "addedCount": added}
