"""Endpoints of audience groups, such as the tiers of a loyalty program."""

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, consumer_pages
from mockserver.vendors.fanfare.organization import caller_organization


def list_group_audiences(call: Call, world: World) -> object:
    """The audiences of the group in tier order. Raises audience_group_not_found."""
    include = call.params.get("include", ())
    return [audience_records.to_response(world, one, include) for one in _list_audiences(call, world)]


def list_group_members(call: Call, world: World) -> object:
    """`{data, pageInfo}` with each member of the group once.

    Raises audience_group_not_found, validation_failed, and audience_not_found for an audience of another
    group.
    """
    audiences = [one["id"] for one in _list_audiences(call, world)]
    only = call.params.get("audienceId")
    if only is not None:
        if only not in audiences:
            raise Problem("audience_not_found")
        audiences = [only]
    return consumer_pages.member_page(world, caller_organization(call, world), audiences, call.params)


def delete_group(call: Call, world: World) -> object:
    """Archives all audiences of the group and returns them. Raises audience_group_not_found."""
    audiences = _list_audiences(call, world)
    for audience in audiences:
        audience_records.archive(world, audience)
    return [audience_records.to_response(world, one) for one in audiences]


def _list_audiences(call: Call, world: World) -> list[Record]:
    return audience_records.list_group(world, caller_organization(call, world), call.params["groupId"])
