"""Audiences themselves: made, listed, shown, changed and archived."""

from typing import Any, Final

from mockserver.call import Call
from mockserver.formats.json_pointer import json_equal
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import (
    audience_records,
    member_logic,
    member_records,
    rule_records,
    status_logic,
    timestamps,
)
from mockserver.vendors.fanfare.errors import invalid
from mockserver.vendors.fanfare.organization import caller_organization

_GIVEN: Final = ("description", "iconName", "metadata", "refreshIntervalSeconds")


def create_audience(call: Call, world: World) -> object:
    """The audience with its rules; a dynamic one has its members a moment later.

    Problem: validation_failed, also for rules of an audience that is not dynamic.
    """
    body = call.body
    rules = body.get("rules", [])
    if rules and body["type"] != audience_records.DYNAMIC:
        raise invalid(("rules", "Only a dynamic audience has rules"))
    rule_records.demand_sound(world, rules, "rules.")
    audience = audience_records.new(
        world, caller_organization(call, world), body["name"], body["type"], **_changes(body, _GIVEN)
    )
    rule_records.append(world, audience, rules)
    if audience["type"] == audience_records.DYNAMIC:
        member_logic.request_refresh(world, audience)
    audience_records.add(world, audience)
    return audience_records.shown(world, audience, ("rules",))


def list_audiences(call: Call, world: World) -> object:
    """All audiences of the organisation, the newest first, with the relations asked for."""
    include = call.params.get("include", ())
    listed = audience_records.of_organization(world, caller_organization(call, world))
    return [audience_records.shown(world, one, include) for one in listed]


def get_audience(call: Call, world: World) -> object:
    """The audience, with rules and imports unless other relations are asked for.

    Problem: audience_not_found.
    """
    return audience_records.shown(world, _audience(call, world), call.params["include"])


def update_audience(call: Call, world: World) -> object:
    """The audience as it is now; its type stays. Problems: audience_not_found, validation_failed."""
    audience = _audience(call, world)
    changes = _changes(call.body, ("name", *_GIVEN, "lastRefreshedAt"))
    if not all(json_equal(audience[name], value) for name, value in changes.items()):
        audience |= changes
        audience_records.mark_changed(world, audience)
        audience_records.save(world, audience)
    return audience_records.shown(world, audience)


def delete_audience(call: Call, world: World) -> object:
    """The audience, now archived. Problem: audience_not_found."""
    audience = _audience(call, world)
    audience_records.archive(world, audience)
    return audience_records.shown(world, audience)


def get_audience_status(call: Call, world: World) -> object:
    """The state of materialisation, sync and import. Problem: audience_not_found."""
    return status_logic.describe(world, _audience(call, world))


def get_audience_count(call: Call, world: World) -> object:
    """`{audienceId, count, source}`: what a walk of the members finds. Problem: audience_not_found."""
    audience = _audience(call, world)
    return {
        "audienceId": audience["id"],
        "count": member_records.count(world, audience["id"]),
        "source": status_logic.counted_in(world, audience),
    }


def _audience(call: Call, world: World) -> Record:
    return audience_records.find(world, caller_organization(call, world), call.params["audienceId"])


def _changes(body: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    changes = {name: body[name] for name in names if name in body}
    if changes.get("refreshIntervalSeconds") is not None:
        changes["refreshIntervalSeconds"] = int(changes["refreshIntervalSeconds"])
    if "lastRefreshedAt" in changes:
        try:
            changes["lastRefreshedAt"] = timestamps.written(timestamps.read(changes["lastRefreshedAt"]))
        except ValueError as error:  # as the year 0000, which JSON Schema takes for one
            raise invalid(("lastRefreshedAt", "Invalid date")) from error
    return changes
