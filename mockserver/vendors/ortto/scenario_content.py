"""The content that a scenario adds to an instance: custom fields, activities and audiences."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from mockserver.errors import InvalidScenarioError, Problem
from mockserver.state.world import World
from mockserver.vendors.ortto import activity_definition_records, custom_field_records, field_schema
from mockserver.vendors.ortto.activity_catalog import kebab
from mockserver.vendors.ortto.activity_records import known_activities
from mockserver.vendors.ortto.audience_records import Audience, insert, new_record
from mockserver.vendors.ortto.filter_logic import audiences_in, campaigns_in, compile_filter
from mockserver.vendors.ortto.jobs import BUILD_TIME
from mockserver.vendors.ortto.timestamps import format_datetime

_OLDEST: Final = timedelta(days=30)
_SELECTS: Final = " or ".join(custom_field_records.SELECTS)
_PUBLIC_NAMES: Final = {
    "publicName": ("is_public", "public_name"),
    "smsPublicName": ("sms_is_public", "sms_public_name"),
}


def add_definitions(world: World, section: Mapping[str, Any]) -> None:
    """Adds the custom fields and activities. Raises `InvalidScenarioError` for a name that is taken."""
    for given in section.get("customFields", ()):
        _require_new(
            given["name"], custom_field_records.names(custom_field_records.load_all(world)), "custom field"
        )
        values, tracked = given.get("values", []), given.get("trackChanges", False)
        is_select = given["type"] in custom_field_records.SELECTS
        if bool(values) != is_select:
            fix = "give it values" if is_select else f"leave them out, or give it a type of {_SELECTS}"
            what = "a select without values" if is_select else "values without a select"
            raise InvalidScenarioError(f"ortto's custom field {given['name']!r}", what, fix)
        custom_field_records.define(world, given["name"], given["type"], values, tracked)
    for name in section.get("activities", ()):
        taken = {id.rpartition(":")[2] for id in known_activities(world) if id.startswith("act:cm:")}
        _require_new(name, taken, "activity")
        activity_definition_records.define(world, f"act:cm:{kebab(name)}", {"name": name})


def _require_new(name: str, taken: set[str], kind: str) -> None:
    if kebab(name) in taken:
        raise InvalidScenarioError(
            f"ortto's {kind} {name!r}", "another one has this name", "choose another name"
        )


def add_audiences(world: World, section: Mapping[str, Any]) -> list[Audience]:
    """Adds the audiences, the first as the oldest. Raises `InvalidScenarioError` for an invalid filter."""
    given = section.get("audiences", ())
    for audience in given:
        _validate_filter(world, audience)
    return [_add_audience(world, audience, number) for number, audience in enumerate(given)]


def _add_audience(world: World, given: Mapping[str, Any], number: int) -> Audience:
    created = world.now() - _OLDEST + timedelta(seconds=number)
    attributes: dict[str, Any] = {
        "created": format_datetime(created),
        "edited_at": format_datetime(created),
        "last_built_at": format_datetime(created + BUILD_TIME),
    }
    for name, (flag, attribute) in _PUBLIC_NAMES.items():
        if name in given:
            attributes |= {flag: True, attribute: given[name]}
    archived = given.get("archived", False)
    if archived:
        attributes["archived_at"] = format_datetime(world.now())
    record = new_record(world, given["name"], given["filter"], created, **attributes)
    return insert(world, record, archived=archived)


def _validate_filter(world: World, audience: Mapping[str, Any]) -> None:
    """Validates a filter by the contract; the schema of scenarios does not describe it."""
    where, filter = f"ortto's audience {audience['name']!r}", audience["filter"]
    if not world.contract.schema({"$ref": "#/components/schemas/Filter"}).is_valid(filter):
        raise InvalidScenarioError(where, "invalid filter", "see Filter in contracts/ortto/openapi.yaml")
    if audiences_in(filter) or campaigns_in(filter):
        raise InvalidScenarioError(
            where, "its filter names an audience or a campaign", "use the fields and activities of people"
        )
    try:
        compile_filter(filter, field_schema.filter_context(world))
    except Problem as problem:
        unknown = problem.details.get("field_id")
        what = f"its filter names the unknown field {unknown}" if unknown else str(problem.details["reason"])
        raise InvalidScenarioError(
            where, what, "add it to customFields or activities, or correct it"
        ) from problem
