"""Endpoints of audiences, their status and their member count."""

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
from mockserver.vendors.fanfare.organization import caller_organization
from mockserver.vendors.fanfare.problems import validation_failed

_OPTIONAL_FIELDS: Final = ("description", "iconName", "metadata", "refreshIntervalSeconds")


def create_audience(call: Call, world: World) -> object:
    """Creates an audience and returns it with its rules.

    The members of a dynamic audience are calculated later. Raises validation_failed, also for rules of an
    audience that is not dynamic.
    """
    body = call.body
    rules = body.get("rules", [])
    if rules and body["type"] != audience_records.DYNAMIC:
        raise validation_failed(("rules", "Only a dynamic audience has rules"))
    rule_records.validate_rules(world, rules, "rules.")
    audience = audience_records.new_record(
        world,
        caller_organization(call, world),
        body["name"],
        body["type"],
        **_parse_fields(body, _OPTIONAL_FIELDS),
    )
    rule_records.append_rules(world, audience, rules)
    if audience["type"] == audience_records.DYNAMIC:
        member_logic.schedule_refresh(world, audience)
    audience_records.add(world, audience)
    return audience_records.to_response(world, audience, ("rules",))


def list_audiences(call: Call, world: World) -> object:
    """All audiences of the organization, newest first, with the requested relations."""
    include = call.params.get("include", ())
    audiences = audience_records.iterate_audiences(world, caller_organization(call, world))
    return [audience_records.to_response(world, one, include) for one in audiences]


def get_audience(call: Call, world: World) -> object:
    """The audience, by default with its rules and imports. Raises audience_not_found."""
    return audience_records.to_response(world, _find_audience(call, world), call.params["include"])


def update_audience(call: Call, world: World) -> object:
    """Updates an audience, except its type. Raises audience_not_found and validation_failed."""
    audience = _find_audience(call, world)
    changes = _parse_fields(call.body, ("name", *_OPTIONAL_FIELDS, "lastRefreshedAt"))
    if not all(json_equal(audience[name], value) for name, value in changes.items()):
        audience |= changes
        audience_records.increment_version(world, audience)
        audience_records.save(world, audience)
    return audience_records.to_response(world, audience)


def delete_audience(call: Call, world: World) -> object:
    """Archives an audience. Raises audience_not_found."""
    audience = _find_audience(call, world)
    audience_records.archive(world, audience)
    return audience_records.to_response(world, audience)


def get_audience_status(call: Call, world: World) -> object:
    """The status of materialization, sync and import. Raises audience_not_found."""
    return status_logic.get_status(world, _find_audience(call, world))


def get_audience_count(call: Call, world: World) -> object:
    """`{audienceId, count, source}`. Raises audience_not_found."""
    audience = _find_audience(call, world)
    return {
        "audienceId": audience["id"],
        "count": member_records.count(world, audience["id"]),
        "source": status_logic.get_count_source(world, audience),
    }


def _find_audience(call: Call, world: World) -> Record:
    return audience_records.find(world, caller_organization(call, world), call.params["audienceId"])


def _parse_fields(body: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    changes = {name: body[name] for name in names if name in body}
    if changes.get("refreshIntervalSeconds") is not None:
        changes["refreshIntervalSeconds"] = int(changes["refreshIntervalSeconds"])
    if "lastRefreshedAt" in changes:
        try:
            changes["lastRefreshedAt"] = timestamps.format_timestamp(
                timestamps.parse_timestamp(changes["lastRefreshedAt"])
            )
        except ValueError as error:  # for example the year 0000, which JSON Schema accepts
            raise validation_failed(("lastRefreshedAt", "Invalid date")) from error
    return changes
