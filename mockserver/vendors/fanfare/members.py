"""Endpoints of the members of an audience."""

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.fanfare import (
    audience_records,
    consumer_pages,
    consumer_records,
    member_records,
)
from mockserver.vendors.fanfare.organization import caller_organization


def list_audience_members(call: Call, world: World) -> object:
    """`{data, pageInfo}`, newest consumers first. Raises audience_not_found and validation_failed."""
    organization = caller_organization(call, world)
    audience = audience_records.find(world, organization, call.params["audienceId"])
    return consumer_pages.member_page(world, organization, [audience["id"]], call.params)


def remove_audience_members(call: Call, world: World) -> object:
    """Removes consumers from a static audience: `{audienceId, removedCount}`; others are skipped.

    Raises audience_not_found and not_static.
    """
    audience = audience_records.find(world, caller_organization(call, world), call.params["audienceId"])
    if audience["type"] != audience_records.STATIC:
        raise Problem("not_static")
    index = member_records.member_index(world)
    ids = dict.fromkeys(call.body["consumerIds"])
    return {"audienceId": audience["id"], "removedCount": sum(index.remove(audience["id"], id) for id in ids)}


def add_audience_members(call: Call, world: World) -> object:
    """Adds consumers to a static audience: `{audienceId, addedCount}`; members are not counted again.

    Raises audience_not_found, not_static, and consumer_not_found, in which case none is added.
    """
    organization = caller_organization(call, world)
    audience = audience_records.find(world, organization, call.params["audienceId"])
    if audience["type"] != audience_records.STATIC:
        raise Problem("not_static")
    ids = dict.fromkeys(call.body["consumerIds"])
    consumers = [consumer_records.find(world, organization, id) for id in ids]
    added = sum(member_records.add(world, audience["id"], one) for one in consumers)
    return {"audienceId": audience["id"], "addedCount": added}
